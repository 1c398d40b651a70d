/** The `operations` table: the steps of a workspace that undo can take back. */

import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';

/** Which call made a step; `edit` stands for file changes between two other steps. */
export type OperationKind =
  | 'edit'
  | 'run'
  | 'batch'
  | 'restore'
  | 'delete'
  | 'move'
  | 'merge'
  | 'rebase'
  | 'commit'
  | 'import'
  | 'sync';

/** A recorded step. */
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
  readonly createdAt: number;
}

interface Row {
  readonly number: number;
  readonly workspace: number;
  readonly kind: OperationKind;
  readonly summary: string;
  readonly root_before: Uint8Array;
  readonly root_after: Uint8Array;
  readonly fork_before: Uint8Array;
  readonly fork_after: Uint8Array;
  readonly created_at: number;
}

/** Gives access to the table. */
export class Operations {
  readonly #insert: Statement<{ number: number }>;
  readonly #get: Statement<Row>;
  readonly #previous: Statement<Row>;
  readonly #next: Statement<Row>;
  readonly #list: Statement<Row>;
  readonly #deleteAfter: Statement<unknown>;
  readonly #deleteAll: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #expired: Statement<{ number: number }>;
  readonly #all: Statement<Row>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO operations (workspace, kind, summary, root_before, root_after, fork_before,
         fork_after, created_at)
       VALUES (:workspace, :kind, :summary, :rootBefore, :rootAfter, :forkBefore, :forkAfter,
         :createdAt)
       RETURNING number`,
    );
    this.#get = database.prepare('SELECT * FROM operations WHERE number = ?');
    this.#previous = database.prepare(
      'SELECT * FROM operations WHERE workspace = ? AND number < ? ORDER BY number DESC LIMIT 1',
    );
    this.#next = database.prepare(
      'SELECT * FROM operations WHERE workspace = ? AND number > ? ORDER BY number LIMIT 1',
    );
    this.#list = database.prepare(
      'SELECT * FROM operations WHERE workspace = ? ORDER BY number DESC LIMIT ?',
    );
    this.#deleteAfter = database.prepare(
      'DELETE FROM operations WHERE workspace = ? AND number > ?',
    );
    this.#deleteAll = database.prepare('DELETE FROM operations WHERE workspace = ?');
    this.#delete = database.prepare('DELETE FROM operations WHERE number = ?');
    // By number up to the first that is young enough: a clock that was wrong for a while must not
    // make younger steps look old.
    this.#expired = database.prepare(
      `SELECT number FROM operations
       WHERE workspace = :workspace AND number < :current AND (
         number < coalesce((SELECT number FROM operations
           WHERE workspace = :workspace AND created_at >= :olderThan
           ORDER BY number LIMIT 1), :current)
         OR number <= coalesce((SELECT number FROM operations
           WHERE workspace = :workspace ORDER BY number DESC LIMIT 1 OFFSET :keep), 0))`,
    );
    this.#all = database.prepare('SELECT * FROM operations ORDER BY number');
  }

  /** Adds a step and returns its number. */
  insert(operation: Omit<OperationRow, 'number'>): number {
    const row = this.#insert.get({
      ...operation,
      rootBefore: idToBytes(operation.rootBefore),
      rootAfter: idToBytes(operation.rootAfter),
      forkBefore: idToBytes(operation.forkBefore),
      forkAfter: idToBytes(operation.forkAfter),
    });
    return row?.number ?? 0;
  }

  /** The step with this number, or undefined. */
  get(number: number): OperationRow | undefined {
    return maybeFromRow(this.#get.get(number));
  }

  /** The workspace's newest step before this number, or undefined. */
  previous(workspace: number, number: number): OperationRow | undefined {
    return maybeFromRow(this.#previous.get(workspace, number));
  }

  /** The workspace's oldest step after this number, or undefined. */
  next(workspace: number, number: number): OperationRow | undefined {
    return maybeFromRow(this.#next.get(workspace, number));
  }

  /** Up to `limit` steps of a workspace, newest first. */
  list(workspace: number, limit: number): OperationRow[] {
    return this.#list.all(workspace, limit).map(fromRow);
  }

  /** All steps of all workspaces. */
  all(): OperationRow[] {
    return this.#all.all().map(fromRow);
  }

  /** Removes the steps after this number: they were undone, and another step is to follow. */
  deleteAfter(workspace: number, number: number): void {
    this.#deleteAfter.run(workspace, number);
  }

  /** Removes all steps of a workspace. */
  deleteAll(workspace: number): void {
    this.#deleteAll.run(workspace);
  }

  /** Removes a step. */
  delete(number: number): void {
    this.#delete.run(number);
  }

  /**
   * The oldest steps of a workspace that are beyond the newest `keep` or were made before
   * `olderThan` (ms since 1970); never its `current` one, nor what can be redone.
   */
  expired(workspace: number, current: number, keep: number, olderThan: number): number[] {
    const rows = this.#expired.all({ workspace, current, keep, olderThan });
    return rows.map((row) => row.number);
  }
}

function maybeFromRow(row: Row | undefined): OperationRow | undefined {
  return row === undefined ? undefined : fromRow(row);
}

function fromRow(row: Row): OperationRow {
  return {
    number: row.number,
    workspace: row.workspace,
    kind: row.kind,
    summary: row.summary,
    rootBefore: idFromBytes(row.root_before),
    rootAfter: idFromBytes(row.root_after),
    forkBefore: idFromBytes(row.fork_before),
    forkAfter: idFromBytes(row.fork_after),
    createdAt: row.created_at,
  };
}
