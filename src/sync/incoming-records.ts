/** The records of other replicas: fetched, checked, and kept apart from those of this store. */

import { idFromBytes, type ObjectId } from '../primitives/object-id.ts';
import { AUDIT_START, auditHash } from '../store/audit-hash.ts';
import { readObject } from '../store/json-column.ts';
import type { RemoteRow } from '../store/remotes.ts';
import type { SharedRecord } from '../store/shared-records.ts';
import type { SnapshotRow } from '../store/snapshots.ts';
import type { Store } from '../store/store.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import type { Trees } from '../tree/trees.ts';
import {
  type AuditRun,
  auditRecordId,
  decodeAudit,
  decodeCommit,
  decodeDeletion,
  decodeSnapshot,
  deletedSnapshot,
  refuse,
  type SnapshotRecord,
} from './record-codec.ts';
import type { NumberedRecord, Remote, RemoteCall } from './remote.ts';
import { isUuid } from './sync-context.ts';

/** A snapshot of another replica. */
export interface IncomingSnapshot extends SnapshotRecord {
  readonly uuid: string;
}

/** Checked records. */
export interface IncomingRecords {
  readonly snapshots: readonly IncomingSnapshot[];
  /** Uuids of snapshots that were deleted; none of them is among the above. */
  readonly deleted: ReadonlySet<string>;
  /** Number of the newest one. */
  readonly last: number;
}

/** Where the audit chain of another replica has got to. */
interface ChainEnd {
  readonly sequence: number;
  readonly hash: ObjectId;
}

/**
 * Fetches the records that others have added since the last time. All but snapshots are kept at once,
 * page by page, as there may be many: they say nothing about the workspace, and may come again.
 *
 * @param replica - whose own records are left out.
 * @throws {SyncError} REMOTE_CORRUPT, and as {@link Remote} says.
 */
export async function fetchRecords(
  remote: Remote,
  store: Store,
  state: RemoteRow,
  replica: string,
  call: RemoteCall,
): Promise<IncomingRecords> {
  const { workspace, uuid } = state;
  const snapshots: IncomingSnapshot[] = [];
  const deleted = new Set<string>();
  const chains = new Map<string, ChainEnd>();
  let last = state.records;
  for (;;) {
    const page = await remote.readRecords(uuid, { after: last, except: replica }, call);
    if (page.length === 0) {
      return { snapshots: snapshots.filter(({ uuid: id }) => !deleted.has(id)), deleted, last };
    }
    const kept: SharedRecord[] = [];
    for (const record of page) {
      requireOrder(record, last);
      last = record.number;
      const data = check(store, workspace, record, chains);
      if (data === undefined) continue;
      const { kind, id } = record;
      kept.push({ workspace, kind, id, replica: record.replica, data: JSON.stringify(data) });
      if (kind !== 'snapshot') continue;
      const gone = deletedSnapshot(record);
      if (gone === undefined) snapshots.push({ ...decodeSnapshot(record), uuid: id });
      else deleted.add(gone);
    }
    store.database.transaction(() => {
      for (const record of kept) store.sharedRecords.add(record);
    });
  }
}

/**
 * Deletes and stores snapshots as the records say; belongs in the transaction that takes the trees
 * over. One whose name is taken here gets its uuid behind its name.
 *
 * @returns what was deleted.
 */
export function storeSnapshots(
  store: Store,
  trees: Trees,
  row: WorkspaceRow,
  { snapshots, deleted }: IncomingRecords,
): SnapshotRow[] {
  const { number: workspace } = row;
  const known = new Map(store.snapshots.list(workspace).map((each) => [each.uuid, each]));
  const removed: SnapshotRow[] = [];
  for (const uuid of deleted) {
    const snapshot = known.get(uuid);
    // Nobody else has one that was never sent, so nobody can have deleted it.
    if (snapshot?.shared === false) continue;
    store.deletedSnapshots.add(workspace, uuid);
    if (snapshot === undefined) continue;
    store.snapshots.delete(snapshot.number);
    removed.push(snapshot);
  }
  for (const { uuid, name, tree, description, tags, createdAt } of snapshots) {
    if (known.has(uuid) || store.deletedSnapshots.has(workspace, uuid)) continue;
    const { files, bytes } = trees.summary(tree);
    store.snapshots.insert({
      ...{ uuid, workspace, name: freeName(store, workspace, name, uuid) },
      ...{ tree, fork: row.fork, ignored: -1, shared: true, description, tags, files, bytes },
      ...{ parent: store.snapshots.newest(workspace), createdAt },
    });
  }
  return removed;
}

function freeName(store: Store, workspace: number, name: string, uuid: string): string {
  if (store.snapshots.find(workspace, name) === undefined) return name;
  return `${name.slice(0, 90)}.${uuid}`;
}

function requireOrder(record: NumberedRecord, last: number): void {
  if (record.number <= last) refuse(record, 'its number does not grow');
  if (!isUuid(record.replica)) refuse(record, 'its replica is not a uuid');
}

/** What is to be kept of a record; undefined for nothing. */
function check(
  store: Store,
  workspace: number,
  record: NumberedRecord,
  chains: Map<string, ChainEnd>,
): object | undefined {
  switch (record.kind) {
    case 'snapshot': {
      const deleted = deletedSnapshot(record);
      if (!isUuid(deleted ?? record.id)) refuse(record, 'its id is not a uuid');
      return deleted === undefined ? decodeSnapshot(record) : decodeDeletion(record);
    }
    case 'commit':
      return decodeCommit(record);
    case 'audit': {
      const known = chains.get(record.replica) ?? knownEnd(store, workspace, record.replica);
      const run = decodeAudit(record);
      const end = followChain(record, run, known);
      if (end.sequence <= known.sequence) return undefined;
      chains.set(record.replica, end);
      return { ...withoutKnown(run, known), ...end };
    }
  }
}

/**
 * Where a chain has got to with these rows. What they share with the known rows has to agree with
 * them: a replica that never heard whether its push had arrived sends rows twice. Retention may have
 * left a gap before them.
 */
function followChain(
  record: NumberedRecord,
  { previous, first, rows }: AuditRun,
  known: ChainEnd,
): ChainEnd {
  const { replica } = record;
  let end: ChainEnd = { sequence: first - 1, hash: previous };
  const requireAgreement = (): void => {
    if (end.sequence === known.sequence && end.hash !== known.hash) {
      refuse(record, 'its rows do not go on with the chain of their replica');
    }
  };
  requireAgreement();
  for (const row of rows) {
    const sequence = end.sequence + 1;
    end = { sequence, hash: idFromBytes(auditHash(end.hash, replica, sequence, row)) };
    requireAgreement();
  }
  const isNamed = record.id === auditRecordId(replica, first, end.sequence);
  return isNamed ? end : refuse(record, 'its id is not that of its rows');
}

function withoutKnown(run: AuditRun, known: ChainEnd): AuditRun {
  const count = known.sequence - run.first + 1;
  if (count <= 0) return run;
  return { previous: known.hash, first: known.sequence + 1, rows: run.rows.slice(count) };
}

function knownEnd(store: Store, workspace: number, replica: string): ChainEnd {
  const newest = store.sharedRecords.newest(workspace, 'audit', replica);
  if (newest === undefined) return { sequence: 0, hash: AUDIT_START };
  const { sequence, hash } = readObject(newest.data);
  return { sequence: Number(sequence), hash: String(hash) as ObjectId };
}
