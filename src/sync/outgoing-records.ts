/**
 * The records that a replica has and the remote lacks: its new snapshots and which it has deleted,
 * its commits and audit rows.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import type { AuditRow } from '../store/audit-rows.ts';
import type { RemoteRow } from '../store/remotes.ts';
import type { Store } from '../store/store.ts';
import { auditRecordId, deletionId, encodeAudit, encodeRecord } from './record-codec.ts';
import type { RemoteRecord } from './remote.ts';

/** Most audit rows of one record. */
const ROWS_A_RECORD = 500;
/** Characters of metadata in one record, if it has more than one row: receivers refuse a huge one. */
const METADATA_A_RECORD = 1024 * 1024;
const COMMITS_A_PAGE = 200;

/** How far a replica has sent its records. */
export type SentRecords = Pick<
  RemoteRow,
  'snapshotsSent' | 'deletionsSent' | 'commitsSent' | 'auditSent' | 'auditHash'
>;

/** Records to send, and what is sent when they are. */
export interface Outgoing {
  readonly records: readonly RemoteRecord[];
  /** Trees of the snapshots among them. */
  readonly trees: readonly ObjectId[];
  readonly sent: SentRecords;
  /** Whether there is more than audit rows, which alone are no reason to push. */
  readonly isWorthwhile: boolean;
}

/** What a workspace has to send: of its snapshots those that are marked as shared. */
export function outgoingRecords(store: Store, remote: RemoteRow, replica: string): Outgoing {
  const { workspace } = remote;
  const snapshots = store.snapshots
    .list(workspace)
    .filter(({ number, shared }) => shared && number > remote.snapshotsSent);
  const deleted = store.deletedSnapshots.after(workspace, remote.deletionsSent);
  const isThere = (id: string): boolean => store.sharedRecords.has(workspace, 'snapshot', id);
  const own = snapshots.filter(({ uuid }) => !isThere(uuid));
  const deletions = deleted.map(({ uuid }) => deletionId(uuid)).filter((id) => !isThere(id));
  const commits = newCommits(store, remote);
  const audit = newAudit(store, remote, replica);
  const records: RemoteRecord[] = [
    ...own.map(({ uuid, name, tree, description, tags, createdAt }): RemoteRecord => {
      const data = encodeRecord({ name, tree, description, tags, createdAt });
      return { kind: 'snapshot', id: uuid, replica, data };
    }),
    ...deletions.map((id): RemoteRecord => {
      return { kind: 'snapshot', id, replica, data: encodeRecord({}) };
    }),
    ...commits.records.map(({ id, data }): RemoteRecord => ({ kind: 'commit', id, replica, data })),
  ];
  return {
    records: [...records, ...audit.records],
    trees: own.map(({ tree }) => tree),
    sent: {
      snapshotsSent: snapshots.at(-1)?.number ?? remote.snapshotsSent,
      deletionsSent: deleted.at(-1)?.number ?? remote.deletionsSent,
      commitsSent: commits.last,
      auditSent: audit.last,
      auditHash: audit.hash,
    },
    isWorthwhile: records.length > 0,
  };
}

function newCommits(store: Store, remote: RemoteRow) {
  const name = store.workspaces.get(remote.workspace)?.name;
  const records: { readonly id: string; readonly data: Uint8Array }[] = [];
  let last = remote.commitsSent;
  for (let before = Number.MAX_SAFE_INTEGER; before > remote.commitsSent; ) {
    const page = store.commits.before(before, COMMITS_A_PAGE);
    for (const commit of page) {
      last = Math.max(last, commit.number);
      if (commit.number <= remote.commitsSent || commit.workspaceName !== name) continue;
      const { id, number: _, workspaceName: __, merged: ___, ...shared } = commit;
      records.unshift({ id, data: encodeRecord(shared) });
    }
    before = page.at(-1)?.number ?? 0;
  }
  return { records, last };
}

function newAudit(store: Store, remote: RemoteRow, replica: string) {
  const { workspace } = remote;
  const records: RemoteRecord[] = [];
  // Retention may have removed rows that were not sent: then the chain goes on from its anchor.
  const anchor = store.audit.anchor(workspace);
  let { auditSent: last, auditHash: hash } = remote;
  for (;;) {
    const rows = firstOf(store.audit.select({ workspace, after: last, limit: ROWS_A_RECORD }));
    const [first] = rows;
    if (first === undefined) return { records, last, hash };
    const data = encodeAudit({
      previous: first.sequence === anchor.sequence + 1 ? anchor.hash : (hash ?? anchor.hash),
      first: first.sequence,
      rows: rows.map(withoutPlace),
    });
    const newest = rows.at(-1) ?? first;
    const id = auditRecordId(replica, first.sequence, newest.sequence);
    records.push({ kind: 'audit', id, replica, data });
    last = newest.number;
    hash = newest.hash;
  }
}

/** As many rows as fit in a record, at least one. */
function firstOf(rows: readonly AuditRow[]): readonly AuditRow[] {
  let length = 0;
  const end = rows.findIndex(({ metadata }, i) => {
    length += metadata.length;
    return i > 0 && length > METADATA_A_RECORD;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

function withoutPlace({ number: _, workspace: __, sequence: ___, hash: ____, ...row }: AuditRow) {
  return row;
}
