/** The `remotes` table: with what a workspace synchronises, and how far the two have come. */

import type { ObjectId } from '../primitives/object-id.ts';
import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

/** A revision that is not settled yet. */
export interface OpenRevision {
  readonly version: number;
  readonly tree: ObjectId;
  readonly clock: number;
}

/** The remote of a workspace. */
export interface RemoteRow {
  readonly workspace: number;
  /** Without credentials. */
  readonly url: string;
  /** Of the workspace on the remote. */
  readonly name: string;
  /** Where the token is found: `env:NAME`, `file:PATH`, `''` for the configuration. */
  readonly token: string;
  /** Where the key of the payloads is found: the same, `''` for none. */
  readonly sealKey: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the workspace on the remote; `''` when it is not known yet. */
  readonly uuid: string;
  /** Of the revision that was last pulled or pushed; 0 for none. */
  readonly version: number;
  /** The tree of that revision: the ancestor in merges; null for none. */
  readonly tree: ObjectId | null;
  /** The greatest stamp of a change that was seen. */
  readonly clock: number;
  /** Number of the last record that was pulled. */
  readonly records: number;
  /** Numbers of the last snapshot, deleted snapshot, commit and audit row that were pushed. */
  readonly snapshotsSent: number;
  readonly deletionsSent: number;
  readonly commitsSent: number;
  readonly auditSent: number;
  /** Hash of that audit row; null for none. */
  readonly auditHash: ObjectId | null;
  /** Milliseconds since 1970; null for never. */
  readonly syncedAt: number | null;
  /** Code of the error that the last attempt met; `''` for none. */
  readonly failure: string;
  /** What is being pushed: whether it has arrived is not known before the answer. */
  readonly ours: OpenRevision | null;
  /** What was fetched and waits for decisions about conflicts. */
  readonly theirs: OpenRevision | null;
  readonly metrics: Readonly<Record<string, unknown>>;
}

interface RemoteColumns extends Omit<RemoteRow, 'ours' | 'theirs'> {
  readonly oursVersion: number;
  readonly oursTree: ObjectId | null;
  readonly oursClock: number;
  readonly theirsVersion: number;
  readonly theirsTree: ObjectId | null;
  readonly theirsClock: number;
}

const COLUMNS = new Columns<RemoteColumns>({
  workspace: 'plain',
  url: 'plain',
  name: 'plain',
  token: 'plain',
  sealKey: 'plain',
  settings: 'object',
  uuid: 'plain',
  version: 'plain',
  tree: 'id',
  clock: 'plain',
  records: 'plain',
  snapshotsSent: 'plain',
  deletionsSent: 'plain',
  commitsSent: 'plain',
  auditSent: 'plain',
  auditHash: 'id',
  syncedAt: 'plain',
  failure: 'plain',
  oursVersion: 'plain',
  oursTree: 'id',
  oursClock: 'plain',
  theirsVersion: 'plain',
  theirsTree: 'id',
  theirsClock: 'plain',
  metrics: 'object',
});

/** Gives access to the table. */
export class Remotes {
  readonly #save: Statement<unknown>;
  readonly #find: Statement<Stored<RemoteColumns>>;
  readonly #all: Statement<Stored<RemoteColumns>>;
  readonly #delete: Statement<unknown>;

  constructor(database: Database) {
    this.#save = database.prepare(`INSERT OR REPLACE INTO remotes ${COLUMNS.inserted}`);
    this.#find = database.prepare(`SELECT ${COLUMNS.selected} FROM remotes WHERE workspace = ?`);
    this.#all = database.prepare(`SELECT ${COLUMNS.selected} FROM remotes ORDER BY workspace`);
    this.#delete = database.prepare('DELETE FROM remotes WHERE workspace = ?');
  }

  /** Adds the remote of a workspace, or writes everything about it back. */
  save(remote: RemoteRow): void {
    const { ours, theirs, ...columns } = remote;
    this.#save.run(
      COLUMNS.write({
        ...columns,
        oursVersion: ours?.version ?? 0,
        oursTree: ours?.tree ?? null,
        oursClock: ours?.clock ?? 0,
        theirsVersion: theirs?.version ?? 0,
        theirsTree: theirs?.tree ?? null,
        theirsClock: theirs?.clock ?? 0,
      }),
    );
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

function fromRow(stored: Stored<RemoteColumns>): RemoteRow {
  const { oursVersion, oursTree, oursClock, theirsVersion, theirsTree, theirsClock, ...row } =
    COLUMNS.read(stored);
  return {
    ...row,
    ours: openRevision(oursVersion, oursTree, oursClock),
    theirs: openRevision(theirsVersion, theirsTree, theirsClock),
  };
}

function openRevision(version: number, tree: ObjectId | null, clock: number): OpenRevision | null {
  return tree === null ? null : { version, tree, clock };
}
