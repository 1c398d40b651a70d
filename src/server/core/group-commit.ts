/**
 * Writes of one turn of the event loop in one transaction: a commit costs more than most of what it
 * keeps. Nothing is answered before the transaction is in the store, and nothing is told of.
 */

import type { Database } from '../../store/database.ts';

/** Writes, inside a transaction; what it returns is called once that is in the store. */
export type Write = () => () => void;

/** Gathers writes. */
export class GroupCommit {
  readonly #database: Database;
  #waiting: Write[] = [];
  #added = 0;
  #isGrouping = false;
  #failures: unknown[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** How many writes there were so far. */
  get added(): number {
    return this.#added;
  }

  /**
   * Adds a write. In the store when this returns, or inside {@link group} when that or {@link flush}
   * returns.
   *
   * @throws {StorageError}; nothing of it is in the store then.
   */
  add(write: Write): void {
    this.#added += 1;
    this.#waiting.push(write);
    if (!this.#isGrouping) this.flush();
  }

  /**
   * Runs an action, and commits what it adds together.
   *
   * @throws {StorageError} when any of that is not in the store.
   */
  group(action: () => void): void {
    if (this.#isGrouping) {
      action();
      return;
    }
    this.#isGrouping = true;
    this.#failures = [];
    try {
      action();
      this.flush();
    } finally {
      this.#isGrouping = false;
    }
    // The action may have read, which commits too, and have made something of the error.
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  /**
   * Commits what waits: to be called before the tables are read.
   *
   * @throws {StorageError}
   */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const writes = this.#waiting;
    this.#waiting = [];
    let done: readonly (() => void)[];
    try {
      done = this.#database.transaction(() => writes.map((write) => write()));
    } catch (error) {
      this.#failures.push(error);
      throw error;
    }
    for (const each of done) each();
  }
}
