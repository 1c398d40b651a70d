/** The `remotes` table: with what a workspace synchronises, and how far the two have come. */

import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';
import { readObject } from './json-column.ts';

/** A revision that is not settled yet. */
export interface OpenRevision {
  readonly version: number;
  readonly tree: ObjectId;
  readonly clock: number;
}

/** The remote of a workspace. Change the fields in a transaction, then `save` it. */
export interface RemoteRow {
  readonly workspace: number;
  /** Without credentials. */
  url: string;
  /** Of the workspace on the remote. */
  name: string;
  /** Where the token is found: `env:NAME`, `file:PATH`, `''` for the configuration. */
  token: string;
  /** Where the key of the payloads is found: the same, `''` for none. */
  sealKey: string;
  settings: Readonly<Record<string, unknown>>;
  /** Of the workspace on the remote; `''` when it is not known yet. */
  uuid: string;
  /** Of the revision that was last pulled or pushed; 0 for none. */
  version: number;
  /** The tree of that revision: the ancestor in merges; null for none. */
  tree: ObjectId | null;
  /** The greatest stamp of a change that was seen. */
  clock: number;
  /** Number of the last record that was pulled. */
  records: number;
  /** Numbers of the last snapshot, commit and audit row that were pushed. */
  snapshotsSent: number;
  commitsSent: number;
  auditSent: number;
  /** Hash of that audit row; null for none. */
  auditHash: ObjectId | null;
  /** Milliseconds since 1970; null for never. */
  syncedAt: number | null;
  /** Code of the error that the last attempt met; `''` for none. */
  failure: string;
  /** What is being pushed: whether it has arrived is not known before the answer. */
  ours: OpenRevision | null;
  /** What was fetched and waits for decisions about conflicts. */
  theirs: OpenRevision | null;
  metrics: Readonly<Record<string, unknown>>;
}

interface Row {
  readonly workspace: number;
  readonly url: string;
  readonly name: string;
  readonly token: string;
  readonly seal_key: string;
  readonly settings: string;
  readonly uuid: string;
  readonly version: number;
  readonly tree: Uint8Array | null;
  readonly clock: number;
  readonly records: number;
  readonly snapshots_sent: number;
  readonly commits_sent: number;
  readonly audit_sent: number;
  readonly audit_hash: Uint8Array | null;
  readonly synced_at: number | null;
  readonly failure: string;
  readonly ours_version: number;
  readonly ours_tree: Uint8Array | null;
  readonly ours_clock: number;
  readonly theirs_version: number;
  readonly theirs_tree: Uint8Array | null;
  readonly theirs_clock: number;
  readonly metrics: string;
}

/** Gives access to the table. */
export class Remotes {
  readonly #save: Statement<unknown>;
  readonly #find: Statement<Row>;
  readonly #all: Statement<Row>;
  readonly #delete: Statement<unknown>;

  constructor(database: Database) {
    this.#save = database.prepare(
      `INSERT OR REPLACE INTO remotes (workspace, url, name, token, seal_key, settings, uuid,
         version, tree, clock, records, snapshots_sent, commits_sent, audit_sent, audit_hash,
         synced_at, failure, ours_version, ours_tree, ours_clock, theirs_version, theirs_tree,
         theirs_clock, metrics)
       VALUES (:workspace, :url, :name, :token, :sealKey, :settings, :uuid,
         :version, :tree, :clock, :records, :snapshotsSent, :commitsSent, :auditSent, :auditHash,
         :syncedAt, :failure, :oursVersion, :oursTree, :oursClock, :theirsVersion, :theirsTree,
         :theirsClock, :metrics)`,
    );
    this.#find = database.prepare('SELECT * FROM remotes WHERE workspace = ?');
    this.#all = database.prepare('SELECT * FROM remotes ORDER BY workspace');
    this.#delete = database.prepare('DELETE FROM remotes WHERE workspace = ?');
  }

  /** Adds the remote of a workspace, or writes everything about it back. */
  save(remote: RemoteRow): void {
    const { ours, theirs, tree, auditHash, settings, metrics, ...columns } = remote;
    this.#save.run({
      ...columns,
      tree: toBytes(tree),
      auditHash: toBytes(auditHash),
      settings: JSON.stringify(settings),
      metrics: JSON.stringify(metrics),
      oursVersion: ours?.version ?? 0,
      oursTree: toBytes(ours?.tree ?? null),
      oursClock: ours?.clock ?? 0,
      theirsVersion: theirs?.version ?? 0,
      theirsTree: toBytes(theirs?.tree ?? null),
      theirsClock: theirs?.clock ?? 0,
    });
  }

  /** The remote of a workspace, or undefined. */
  find(workspace: number): RemoteRow | undefined {
    const row = this.#find.get(workspace);
    return row === undefined ? undefined : fromRow(row);
  }

  /** All remotes of all workspaces. */
  all(): RemoteRow[] {
    return this.#all.all().map(fromRow);
  }

  /** Forgets the remote of a workspace. */
  delete(workspace: number): void {
    this.#delete.run(workspace);
  }
}

function fromRow(row: Row): RemoteRow {
  return {
    workspace: row.workspace,
    url: row.url,
    name: row.name,
    token: row.token,
    sealKey: row.seal_key,
    settings: readObject(row.settings),
    uuid: row.uuid,
    version: row.version,
    tree: maybeId(row.tree),
    clock: row.clock,
    records: row.records,
    snapshotsSent: row.snapshots_sent,
    commitsSent: row.commits_sent,
    auditSent: row.audit_sent,
    auditHash: maybeId(row.audit_hash),
    syncedAt: row.synced_at,
    failure: row.failure,
    ours: openRevision(row.ours_version, row.ours_tree, row.ours_clock),
    theirs: openRevision(row.theirs_version, row.theirs_tree, row.theirs_clock),
    metrics: readObject(row.metrics),
  };
}

function openRevision(
  version: number,
  tree: Uint8Array | null,
  clock: number,
): OpenRevision | null {
  return tree === null ? null : { version, tree: idFromBytes(tree), clock };
}

function maybeId(bytes: Uint8Array | null): ObjectId | null {
  return bytes === null ? null : idFromBytes(bytes);
}

function toBytes(id: ObjectId | null): Uint8Array | null {
  return id === null ? null : idToBytes(id);
}
