/** The `deleted_snapshots` table: shared snapshots that no replica is to bring back. */

import type { Database, Statement } from './database.ts';

/** A snapshot that is deleted. */
export interface DeletedSnapshot {
  readonly number: number;
  readonly uuid: string;
}

/** Gives access to the table. */
export class DeletedSnapshots {
  readonly #insert: Statement<unknown>;
  readonly #has: Statement<unknown>;
  readonly #after: Statement<DeletedSnapshot>;
  readonly #clear: Statement<unknown>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      'INSERT OR IGNORE INTO deleted_snapshots (workspace, uuid) VALUES (?, ?)',
    );
    this.#has = database.prepare(
      'SELECT 1 FROM deleted_snapshots WHERE workspace = ? AND uuid = ?',
    );
    this.#after = database.prepare(
      `SELECT number, uuid FROM deleted_snapshots WHERE workspace = ? AND number > ?
       ORDER BY number`,
    );
    this.#clear = database.prepare('DELETE FROM deleted_snapshots WHERE workspace = ?');
  }

  /** Remembers that a snapshot is deleted; harmless when it is known. */
  add(workspace: number, uuid: string): void {
    this.#insert.run(workspace, uuid);
  }

  /** Whether the snapshot is deleted. */
  has(workspace: number, uuid: string): boolean {
    return this.#has.get(workspace, uuid) !== undefined;
  }

  /** Those beyond a number, in their order. */
  after(workspace: number, number: number): DeletedSnapshot[] {
    return this.#after.all(workspace, number);
  }

  /** Forgets those of a workspace. */
  clear(workspace: number): void {
    this.#clear.run(workspace);
  }
}
