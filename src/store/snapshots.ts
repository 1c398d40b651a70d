/** The `snapshots` table: immutable names for trees. */

import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';
import { readStrings } from './json-column.ts';

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
  readonly createdAt: number;
}

interface Row {
  readonly number: number;
  readonly uuid: string;
  readonly workspace: number;
  readonly name: string;
  readonly tree: Uint8Array;
  readonly fork: Uint8Array;
  readonly description: string;
  readonly tags: string;
  readonly files: number;
  readonly bytes: number;
  readonly parent: string | null;
  readonly created_at: number;
}

/** Gives access to the table. */
export class Snapshots {
  readonly #insert: Statement<Row>;
  readonly #find: Statement<Row>;
  readonly #named: Statement<Row>;
  readonly #list: Statement<Row>;
  readonly #newest: Statement<{ name: string }>;
  readonly #delete: Statement<unknown>;
  readonly #deleteAll: Statement<unknown>;
  readonly #all: Statement<Row>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO snapshots (uuid, workspace, name, tree, fork, description, tags, files, bytes,
         parent, created_at)
       VALUES (:uuid, :workspace, :name, :tree, :fork, :description, :tags, :files, :bytes,
         :parent, :createdAt)
       RETURNING *`,
    );
    this.#find = database.prepare('SELECT * FROM snapshots WHERE workspace = ? AND name = ?');
    this.#named = database.prepare('SELECT * FROM snapshots WHERE name = ? ORDER BY number');
    this.#list = database.prepare('SELECT * FROM snapshots WHERE workspace = ? ORDER BY number');
    this.#newest = database.prepare(
      'SELECT name FROM snapshots WHERE workspace = ? ORDER BY number DESC LIMIT 1',
    );
    this.#delete = database.prepare('DELETE FROM snapshots WHERE number = ?');
    this.#deleteAll = database.prepare('DELETE FROM snapshots WHERE workspace = ?');
    this.#all = database.prepare('SELECT * FROM snapshots ORDER BY number');
  }

  /** Adds a snapshot and returns it with its number. The name must be free in the workspace. */
  insert(snapshot: Omit<SnapshotRow, 'number'>): SnapshotRow {
    const tree = idToBytes(snapshot.tree);
    const fork = idToBytes(snapshot.fork);
    const tags = JSON.stringify(snapshot.tags);
    const row = this.#insert.get({ ...snapshot, tree, fork, tags });
    return row === undefined ? { ...snapshot, number: 0 } : fromRow(row);
  }

  /** The workspace's snapshot of this name, or undefined. */
  find(workspace: number, name: string): SnapshotRow | undefined {
    const row = this.#find.get(workspace, name);
    return row === undefined ? undefined : fromRow(row);
  }

  /** The snapshots of this name in all workspaces. */
  named(name: string): SnapshotRow[] {
    return this.#named.all(name).map(fromRow);
  }

  /** The snapshots of a workspace in the order in which they were made. */
  list(workspace: number): SnapshotRow[] {
    return this.#list.all(workspace).map(fromRow);
  }

  /** The name of the newest snapshot of a workspace, or null. */
  newest(workspace: number): string | null {
    return this.#newest.get(workspace)?.name ?? null;
  }

  /** All snapshots of all workspaces. */
  all(): SnapshotRow[] {
    return this.#all.all().map(fromRow);
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

function fromRow(row: Row): SnapshotRow {
  const { number, uuid, workspace, name, description, files, bytes, parent } = row;
  return {
    number,
    uuid,
    workspace,
    name,
    tree: idFromBytes(row.tree),
    fork: idFromBytes(row.fork),
    description,
    tags: readStrings(row.tags),
    files,
    bytes,
    parent,
    createdAt: row.created_at,
  };
}
