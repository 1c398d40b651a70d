/**
 * Keeps the log of the store small. SQLite itself writes the log back from time to time, but starts it
 * over only when nothing was added meanwhile; among processes that write without a pause that may
 * never happen, and once the log is large it would try again at each transaction.
 */

import { logSize } from './full-disk.ts';

/** Bytes of the log above which it is written back and started over. */
const LARGE_LOG = 4000 * 4096;

/** Transactions from one look at the log to the next. */
const LOOKS = 32;

/** How long everybody waits for those who read in the log. */
const WAIT_MS = 50;

/** The bound of one connection's log. */
export class LogBound {
  readonly #store: string;
  readonly #writeBack: (mode: 'PASSIVE' | 'TRUNCATE', waitMs: number) => void;
  #transactions = 0;
  #bound = LARGE_LOG;

  /** @param writeBack - writes the log back; with TRUNCATE nobody else writes meanwhile. */
  constructor(store: string, writeBack: (mode: 'PASSIVE' | 'TRUNCATE', waitMs: number) => void) {
    this.#store = store;
    this.#writeBack = writeBack;
  }

  /** Counts a transaction; never throws. */
  count(): void {
    this.#transactions += 1;
    if (this.#transactions % LOOKS !== 0 || logSize(this.#store) < this.#bound) return;
    try {
      // Nearly all of it without keeping anybody from writing, then what was added meanwhile.
      this.#writeBack('PASSIVE', 0);
      this.#writeBack('TRUNCATE', WAIT_MS);
    } catch {
      // The transaction is in the store, whatever becomes of the log.
    }
    // Somebody may read in it for minutes: not everybody is to wait for that each time.
    const left = logSize(this.#store);
    this.#bound = left < LARGE_LOG ? LARGE_LOG : left + LARGE_LOG;
  }
}
