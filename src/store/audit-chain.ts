/** Recomputes the chain of hashes that a workspace's audit rows form. */

import { idFromBytes, type ObjectId } from '../primitives/object-id.ts';
import { auditHash } from './audit-rows.ts';
import type { Store } from './store.ts';
import type { WorkspaceRow } from './workspaces.ts';

/** What a check of a chain has found. */
export interface AuditVerdict {
  readonly ok: boolean;
  /** Number of the first row that does not continue the chain; absent when the end is missing. */
  readonly firstBadId?: number;
  /** What is wrong, as a sentence; absent when nothing is. */
  readonly problem?: string;
  /** Rows that were checked. */
  readonly rows: number;
  /** The hash of the newest row as the workspace records it: keep it elsewhere as an anchor. */
  readonly head: ObjectId;
}

/**
 * Checks every audit row of a workspace against the row before it, from where retention has cut to
 * the count and the head that the workspace itself records. Finds changed, removed, inserted and
 * reordered rows, also at the end.
 *
 * @throws {StorageError} STORE_CORRUPT, STORE_IO when the rows cannot be read.
 */
export function verifyAudit(store: Store, workspace: WorkspaceRow): AuditVerdict {
  return store.database.snapshot(() => {
    // The caller's row may be older than the rows that are about to be read.
    return checkChain(store, store.workspaces.any(workspace.number) ?? workspace);
  });
}

function checkChain(store: Store, workspace: WorkspaceRow): AuditVerdict {
  const head = workspace.auditHead;
  let { sequence, hash } = store.audit.anchor(workspace.number);
  let rows = 0;
  for (const row of store.audit.chain(workspace.number)) {
    const expected = sequence + 1;
    if (row.sequence !== expected) {
      const problem = `Row ${row.sequence} follows on row ${sequence}.`;
      return { ok: false, firstBadId: row.number, problem, rows, head };
    }
    hash = idFromBytes(auditHash(hash, workspace.uuid, expected, row));
    if (hash !== row.hash) {
      const problem = `Row ${row.sequence} does not have the hash that its columns give.`;
      return { ok: false, firstBadId: row.number, problem, rows, head };
    }
    sequence = expected;
    rows += 1;
  }
  if (sequence !== workspace.auditCount) {
    const problem = `The rows end at ${sequence}; the workspace counts ${workspace.auditCount}.`;
    return { ok: false, problem, rows, head };
  }
  if (hash !== head) {
    return {
      ok: false,
      problem: 'The newest row is not the one that the workspace names.',
      rows,
      head,
    };
  }
  return { ok: true, rows, head };
}
