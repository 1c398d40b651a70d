/** The `snapshots` table: immutable names for trees. */

import type { ObjectId } from '../primitives/object-id.ts';
import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

/** A snapshot as it is stored. */
export interface SnapshotRow {
  readonly number: number;
  readonly uuid: string;
  readonly workspace: number;
  readonly name: string;
  readonly tree: ObjectId;
  /** The workspace's fork when it was taken: the merge base of what is forked from it. */
  readonly fork: ObjectId;
  readonly description: string;
  readonly tags: readonly string[];
  /** Files and links in the tree. */
  readonly files: number;
  /** Sum of their sizes. */
  readonly bytes: number;
  /** The workspace's snapshot before this one. */
  readonly parent: string | null;
  /** The state of the workspace's ignored content; -1 where that is not known. */
  readonly ignored: number;
  /** Whether another replica may have it. */
  readonly shared: boolean;
  readonly createdAt: number;
}

const COLUMNS = new Columns<SnapshotRow>({
  number: 'plain',
  uuid: 'plain',
  workspace: 'plain',
  name: 'plain',
  tree: 'id',
  fork: 'id',
  description: 'plain',
  tags: 'strings',
  files: 'plain',
  bytes: 'plain',
  parent: 'plain',
  ignored: 'plain',
  shared: 'flag',
  createdAt: 'plain',
});

/** Gives access to the table. */
export class Snapshots {
  readonly #insert: Statement<Stored<SnapshotRow>>;
  readonly #find: Statement<Stored<SnapshotRow>>;
  readonly #named: Statement<Stored<SnapshotRow>>;
  readonly #list: Statement<Stored<SnapshotRow>>;
  readonly #newest: Statement<{ name: string }>;
  readonly #share: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #deleteAll: Statement<unknown>;
  readonly #all: Statement<Stored<SnapshotRow>>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO snapshots ${COLUMNS.inserted} RETURNING ${COLUMNS.selected}`,
    );
    this.#find = database.prepare(
      `SELECT ${COLUMNS.selected} FROM snapshots WHERE workspace = ? AND name = ?`,
    );
    this.#named = database.prepare(
      `SELECT ${COLUMNS.selected} FROM snapshots WHERE name = ? ORDER BY number`,
    );
    this.#list = database.prepare(
      `SELECT ${COLUMNS.selected} FROM snapshots WHERE workspace = ? ORDER BY number`,
    );
    this.#newest = database.prepare(
      'SELECT name FROM snapshots WHERE workspace = ? ORDER BY number DESC LIMIT 1',
    );
    this.#share = database.prepare(
      'UPDATE snapshots SET shared = 1 WHERE workspace = ? AND shared = 0',
    );
    this.#delete = database.prepare('DELETE FROM snapshots WHERE number = ?');
    this.#deleteAll = database.prepare('DELETE FROM snapshots WHERE workspace = ?');
    this.#all = database.prepare(`SELECT ${COLUMNS.selected} FROM snapshots ORDER BY number`);
  }

  /** Adds a snapshot and returns it with its number. The name must be free in the workspace. */
  insert(snapshot: Omit<SnapshotRow, 'number'>): SnapshotRow {
    return COLUMNS.find(this.#insert.get(COLUMNS.write(snapshot))) ?? { ...snapshot, number: 0 };
  }

  /** The workspace's snapshot of this name, or undefined. */
  find(workspace: number, name: string): SnapshotRow | undefined {
    return COLUMNS.find(this.#find.get(workspace, name));
  }

  /** The snapshots of this name in all workspaces. */
  named(name: string): SnapshotRow[] {
    return this.#named.all(name).map(COLUMNS.read);
  }

  /** The snapshots of a workspace in the order in which they were made. */
  list(workspace: number): SnapshotRow[] {
    return this.#list.all(workspace).map(COLUMNS.read);
  }

  /** The name of the newest snapshot of a workspace, or null. */
  newest(workspace: number): string | null {
    return this.#newest.get(workspace)?.name ?? null;
  }

  /** All snapshots of all workspaces. */
  all(): SnapshotRow[] {
    return this.#all.all().map(COLUMNS.read);
  }

  /** Notes that other replicas may have the snapshots of a workspace, before they get them. */
  share(workspace: number): void {
    this.#share.run(workspace);
  }

  /** Removes a snapshot. */
  delete(number: number): void {
    this.#delete.run(number);
  }

  /** Removes all snapshots of a workspace. */
  deleteAll(workspace: number): void {
    this.#deleteAll.run(workspace);
  }
}
