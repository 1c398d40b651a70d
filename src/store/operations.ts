/** The `operations` table: what undo can take back in a workspace. */

import type { ObjectId } from '../primitives/object-id.ts';
import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

/** Which call made it; `edit` stands for file changes between two other operations. */
export type OperationKind =
  | 'edit'
  | 'run'
  | 'batch'
  | 'restore'
  | 'delete'
  | 'move'
  | 'merge'
  | 'rebase'
  | 'refresh'
  | 'commit'
  | 'import'
  | 'sync';

/** A recorded operation. */
export interface OperationRow {
  readonly number: number;
  readonly workspace: number;
  readonly kind: OperationKind;
  /** For people. */
  readonly summary: string;
  readonly rootBefore: ObjectId;
  readonly rootAfter: ObjectId;
  readonly forkBefore: ObjectId;
  readonly forkAfter: ObjectId;
  /** The states of ignored content; the same when it was left alone. */
  readonly ignoredBefore: number;
  readonly ignoredAfter: number;
  /** The top-most ignored paths that it has changed. */
  readonly ignoredPaths: readonly string[];
  readonly createdAt: number;
}

const COLUMNS = new Columns<OperationRow>({
  number: 'plain',
  workspace: 'plain',
  kind: 'plain',
  summary: 'plain',
  rootBefore: 'id',
  rootAfter: 'id',
  forkBefore: 'id',
  forkAfter: 'id',
  ignoredBefore: 'plain',
  ignoredAfter: 'plain',
  ignoredPaths: 'strings',
  createdAt: 'plain',
});

/** Gives access to the table. */
export class Operations {
  readonly #insert: Statement<{ number: number }>;
  readonly #get: Statement<Stored<OperationRow>>;
  readonly #previous: Statement<Stored<OperationRow>>;
  readonly #next: Statement<Stored<OperationRow>>;
  readonly #list: Statement<Stored<OperationRow>>;
  readonly #deleteAfter: Statement<unknown>;
  readonly #deleteAll: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #expired: Statement<{ number: number }>;
  readonly #all: Statement<Stored<OperationRow>>;

  constructor(database: Database) {
    this.#insert = database.prepare(`INSERT INTO operations ${COLUMNS.inserted} RETURNING number`);
    this.#get = database.prepare(`SELECT ${COLUMNS.selected} FROM operations WHERE number = ?`);
    this.#previous = database.prepare(
      `SELECT ${COLUMNS.selected} FROM operations WHERE workspace = ? AND number < ? ORDER BY number DESC LIMIT 1`,
    );
    this.#next = database.prepare(
      `SELECT ${COLUMNS.selected} FROM operations WHERE workspace = ? AND number > ? ORDER BY number LIMIT 1`,
    );
    this.#list = database.prepare(
      `SELECT ${COLUMNS.selected} FROM operations WHERE workspace = ? ORDER BY number DESC LIMIT ?`,
    );
    this.#deleteAfter = database.prepare(
      'DELETE FROM operations WHERE workspace = ? AND number > ?',
    );
    this.#deleteAll = database.prepare('DELETE FROM operations WHERE workspace = ?');
    this.#delete = database.prepare('DELETE FROM operations WHERE number = ?');
    // By number up to the first that is young enough: a clock that was wrong for a while must not
    // make younger operations look old.
    this.#expired = database.prepare(
      `SELECT number FROM operations
       WHERE workspace = :workspace AND number < :current AND (
         number < coalesce((SELECT number FROM operations
           WHERE workspace = :workspace AND created_at >= :olderThan
           ORDER BY number LIMIT 1), :current)
         OR number <= coalesce((SELECT number FROM operations
           WHERE workspace = :workspace ORDER BY number DESC LIMIT 1 OFFSET :keep), 0))`,
    );
    this.#all = database.prepare(`SELECT ${COLUMNS.selected} FROM operations ORDER BY number`);
  }

  /** Adds an operation and returns its number. */
  insert(operation: Omit<OperationRow, 'number'>): number {
    return this.#insert.get(COLUMNS.write(operation))?.number ?? 0;
  }

  /** The operation with this number, or undefined. */
  get(number: number): OperationRow | undefined {
    return COLUMNS.find(this.#get.get(number));
  }

  /** The workspace's newest operation before this number, or undefined. */
  previous(workspace: number, number: number): OperationRow | undefined {
    return COLUMNS.find(this.#previous.get(workspace, number));
  }

  /** The workspace's oldest operation after this number, or undefined. */
  next(workspace: number, number: number): OperationRow | undefined {
    return COLUMNS.find(this.#next.get(workspace, number));
  }

  /** Up to `limit` operations of a workspace, newest first. */
  list(workspace: number, limit: number): OperationRow[] {
    return this.#list.all(workspace, limit).map(COLUMNS.read);
  }

  /** All operations of all workspaces. */
  all(): OperationRow[] {
    return this.#all.all().map(COLUMNS.read);
  }

  /** Removes the operations after this number: they were undone, and another operation is to follow. */
  deleteAfter(workspace: number, number: number): void {
    this.#deleteAfter.run(workspace, number);
  }

  /** Removes all operations of a workspace. */
  deleteAll(workspace: number): void {
    this.#deleteAll.run(workspace);
  }

  /** Removes an operation. */
  delete(number: number): void {
    this.#delete.run(number);
  }

  /**
   * The oldest operations of a workspace that are beyond the newest `keep` or were made before
   * `olderThan` (ms since 1970); never its `current` one, nor what can be redone.
   */
  expired(workspace: number, current: number, keep: number, olderThan: number): number[] {
    const rows = this.#expired.all({ workspace, current, keep, olderThan });
    return rows.map((row) => row.number);
  }
}
