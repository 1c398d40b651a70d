/** What other replicas of a workspace have recorded of themselves, as callers see it. */

import { type AuditEntry, toAuditEntry } from '../../audit/entry.ts';
import { AUDIT_START } from '../../store/audit-hash.ts';
import { readObject } from '../../store/json-column.ts';
import type { Store } from '../../store/store.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import type { AuditRun, CommitRecord } from '../../sync/record-codec.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** A commit that another replica has made into its base. */
export interface RemoteCommit extends Omit<CommitRecord, 'createdAt'> {
  readonly id: string;
  /** Id of the workspace in the store of that replica. */
  readonly replica: string;
  readonly createdAt: Date;
}

/** The commits of other replicas, in the order of their coming. */
export function remoteCommits({ engine, number }: WorkspaceCore): RemoteCommit[] {
  return engine.store.sharedRecords.list(number, 'commit').map(({ id, replica, data }) => {
    // It was checked when it came.
    const commit = readObject(data) as unknown as CommitRecord;
    return { id, replica, ...commit, createdAt: new Date(commit.createdAt) };
  });
}

/** The audit entries of other replicas of a workspace, in the order of their coming. */
export function remoteAudit(
  store: Store,
  { number, name }: Pick<WorkspaceRow, 'number' | 'name'>,
): AuditEntry[] {
  return store.sharedRecords.list(number, 'audit').flatMap(({ replica, data }) => {
    const { first, rows } = readObject(data) as unknown as AuditRun;
    return rows.map((row, i) => {
      const place = { number: first + i, sequence: first + i, workspace: number };
      return toAuditEntry({ ...row, ...place, hash: AUDIT_START }, { uuid: replica, name });
    });
  });
}
