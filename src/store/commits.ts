/** The `commits` table: the changes of the base directory that agentfs has made. */

import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';
import { readStrings } from './json-column.ts';

/** A commit as it is stored. */
export interface CommitRow {
  readonly number: number;
  readonly id: ObjectId;
  /** The commit before it; null for the first. */
  readonly parent: ObjectId | null;
  /** The workspace that it came from; `''` for a revert. */
  readonly workspaceName: string;
  readonly message: string;
  readonly authorName: string;
  readonly authorEmail: string;
  readonly treeBefore: ObjectId;
  readonly treeAfter: ObjectId;
  /** The commit that it takes back. */
  readonly reverts: ObjectId | null;
  /** Paths that were merged line by line. */
  readonly merged: readonly string[];
  readonly createdAt: number;
}

interface Row {
  readonly number: number;
  readonly id: Uint8Array;
  readonly parent: Uint8Array | null;
  readonly workspace_name: string;
  readonly message: string;
  readonly author_name: string;
  readonly author_email: string;
  readonly tree_before: Uint8Array;
  readonly tree_after: Uint8Array;
  readonly reverts: Uint8Array | null;
  readonly merged: string;
  readonly created_at: number;
}

/** Gives access to the table. Commits are ordered by number, never by time. */
export class Commits {
  readonly #insert: Statement<unknown>;
  readonly #newest: Statement<Row>;
  readonly #before: Statement<Row>;
  readonly #range: Statement<Row>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO commits (id, parent, workspace_name, message, author_name, author_email,
         tree_before, tree_after, reverts, merged, created_at)
       VALUES (:id, :parent, :workspaceName, :message, :authorName, :authorEmail,
         :treeBefore, :treeAfter, :reverts, :merged, :createdAt)`,
    );
    this.#newest = database.prepare('SELECT * FROM commits ORDER BY number DESC LIMIT 1');
    this.#before = database.prepare(
      'SELECT * FROM commits WHERE number < ? ORDER BY number DESC LIMIT ?',
    );
    this.#range = database.prepare('SELECT * FROM commits WHERE id BETWEEN ? AND ? LIMIT 2');
  }

  /** Adds a commit. */
  insert(commit: Omit<CommitRow, 'number'>): void {
    this.#insert.run({
      ...commit,
      id: idToBytes(commit.id),
      parent: commit.parent === null ? null : idToBytes(commit.parent),
      treeBefore: idToBytes(commit.treeBefore),
      treeAfter: idToBytes(commit.treeAfter),
      reverts: commit.reverts === null ? null : idToBytes(commit.reverts),
      merged: JSON.stringify(commit.merged),
    });
  }

  /** The newest commit, or undefined. */
  newest(): CommitRow | undefined {
    const row = this.#newest.get();
    return row === undefined ? undefined : fromRow(row);
  }

  /** Up to `limit` commits before the one with this number, newest first. */
  before(number: number, limit: number): CommitRow[] {
    return this.#before.all(number, limit).map(fromRow);
  }

  /** The commits whose id begins with these hexadecimal digits; two at most. */
  startingWith(prefix: string): CommitRow[] {
    const first = Buffer.from(prefix.padEnd(64, '0'), 'hex');
    const last = Buffer.from(prefix.padEnd(64, 'f'), 'hex');
    return this.#range.all(first, last).map(fromRow);
  }
}

function fromRow(row: Row): CommitRow {
  return {
    number: row.number,
    id: idFromBytes(row.id),
    parent: row.parent === null ? null : idFromBytes(row.parent),
    workspaceName: row.workspace_name,
    message: row.message,
    authorName: row.author_name,
    authorEmail: row.author_email,
    treeBefore: idFromBytes(row.tree_before),
    treeAfter: idFromBytes(row.tree_after),
    reverts: row.reverts === null ? null : idFromBytes(row.reverts),
    merged: readStrings(row.merged),
    createdAt: row.created_at,
  };
}
