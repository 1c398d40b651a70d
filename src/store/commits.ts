/** The `commits` table: the changes of the base directory that agentfs has made. */

import type { ObjectId } from '../primitives/object-id.ts';
import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

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

const COLUMNS = new Columns<CommitRow>({
  number: 'plain',
  id: 'id',
  parent: 'id',
  workspaceName: 'plain',
  message: 'plain',
  authorName: 'plain',
  authorEmail: 'plain',
  treeBefore: 'id',
  treeAfter: 'id',
  reverts: 'id',
  merged: 'strings',
  createdAt: 'plain',
});

/** Gives access to the table. Commits are ordered by number, never by time. */
export class Commits {
  readonly #insert: Statement<unknown>;
  readonly #newest: Statement<Stored<CommitRow>>;
  readonly #before: Statement<Stored<CommitRow>>;
  readonly #range: Statement<Stored<CommitRow>>;

  constructor(database: Database) {
    this.#insert = database.prepare(`INSERT INTO commits ${COLUMNS.inserted}`);
    this.#newest = database.prepare(
      `SELECT ${COLUMNS.selected} FROM commits ORDER BY number DESC LIMIT 1`,
    );
    this.#before = database.prepare(
      `SELECT ${COLUMNS.selected} FROM commits WHERE number < ? ORDER BY number DESC LIMIT ?`,
    );
    this.#range = database.prepare(
      `SELECT ${COLUMNS.selected} FROM commits WHERE id BETWEEN ? AND ? LIMIT 2`,
    );
  }

  /** Adds a commit. */
  insert(commit: Omit<CommitRow, 'number'>): void {
    this.#insert.run(COLUMNS.write(commit));
  }

  /** The newest commit, or undefined. */
  newest(): CommitRow | undefined {
    return COLUMNS.find(this.#newest.get());
  }

  /** Up to `limit` commits before the one with this number, newest first. */
  before(number: number, limit: number): CommitRow[] {
    return this.#before.all(number, limit).map(COLUMNS.read);
  }

  /** The commits whose id begins with these hexadecimal digits; two at most. */
  startingWith(prefix: string): CommitRow[] {
    const first = Buffer.from(prefix.padEnd(64, '0'), 'hex');
    const last = Buffer.from(prefix.padEnd(64, 'f'), 'hex');
    return this.#range.all(first, last).map(COLUMNS.read);
  }
}
