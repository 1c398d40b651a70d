/**
 * Keeps the log of the store small. SQLite itself writes the log back from time to time, but starts it
 * over only when nothing was added meanwhile; among processes that write without a pause that may
 * never happen, and once the log is large it would try again at each transaction.
 */

/** What is done about the log: nothing but counting, writing it back, and starting it over too. */
export type LogMode = 'NOOP' | 'PASSIVE' | 'RESTART' | 'TRUNCATE';

/** What SQLite says of the log. */
export interface LogState {
  /** 1 when somebody was in the way. */
  readonly busy: number;
  /** Pages in the log. */
  readonly log: number;
}

/** Pages of the log from which on it is written back and started over. */
const LARGE_LOG = 4000;

/** Transactions from one look at the log to the next. */
const LOOKS = 32;

/** How long everybody waits for those who read in the log. */
const WAIT_MS = 50;

/** The bound of the log, as one connection keeps it. */
export class LogBound {
  readonly #treat: (mode: LogMode, waitMs: number) => LogState;
  #transactions = 0;
  #bound = LARGE_LOG;

  /** @param treat - does something about the log; with RESTART nobody else writes meanwhile. */
  constructor(treat: (mode: LogMode, waitMs: number) => LogState) {
    this.#treat = treat;
  }

  /** Counts a transaction; never throws. */
  count(): void {
    this.#transactions += 1;
    if (this.#transactions % LOOKS !== 0) return;
    try {
      if (this.#treat('NOOP', 0).log < this.#bound) return;
      // Nearly all of it without keeping anybody from writing, then what was added meanwhile.
      this.#treat('PASSIVE', 0);
      const { busy, log } = this.#treat('RESTART', WAIT_MS);
      // Somebody may read in it for minutes: not everybody is to wait for that each time.
      this.#bound = busy === 0 ? LARGE_LOG : log + LARGE_LOG;
    } catch {
      // The transaction is in the store, whatever becomes of the log.
    }
  }
}
