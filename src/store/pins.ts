/**
 * The `pins` table: objects that a process will refer to in a later transaction, so that garbage
 * collection by another process leaves them alone meanwhile.
 */

import { idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';

/** Gives access to the table. */
export class Pins {
  readonly #insert: Statement<unknown>;
  readonly #release: Statement<unknown>;
  readonly #holders: Statement<{ holder: string }>;
  readonly #numbers: Statement<{ object: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      'INSERT OR IGNORE INTO pins (holder, object) SELECT ?, number FROM objects WHERE id = ?',
    );
    this.#release = database.prepare('DELETE FROM pins WHERE holder = ?');
    this.#holders = database.prepare('SELECT DISTINCT holder FROM pins');
    this.#numbers = database.prepare('SELECT DISTINCT object FROM pins');
  }

  /** Pins an object that is in the store. */
  add(holder: string, id: ObjectId): void {
    this.#insert.run(holder, idToBytes(id));
  }

  /** Gives up all pins of a holder. */
  release(holder: string): void {
    this.#release.run(holder);
  }

  /** The same at the end of work that has succeeded, or failed for another reason. */
  abandon(holder: string): void {
    try {
      this.release(holder);
    } catch {
      // Pins that stay only keep garbage, and only for as long as their process lives.
    }
  }

  /** Everybody who holds a pin. */
  holders(): string[] {
    return this.#holders.all().map((row) => row.holder);
  }

  /** The numbers of all pinned objects. */
  numbers(): number[] {
    return this.#numbers.all().map((row) => row.object);
  }
}
