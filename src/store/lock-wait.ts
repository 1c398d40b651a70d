/**
 * Waiting for a lock that another process holds. SQLite sleeps for up to 100 ms at a time, in which
 * the others take the lock a thousand times, and who sleeps longest is served last. Here waits are
 * about as short as a few transactions, and no two are alike.
 */

import { errorCode } from '../primitives/errors.ts';
import { longWait } from '../primitives/long-wait.ts';

/** Others that write take turns within this. */
const TURNS_MS = 50;
/** Who holds a lock for longer than this is not about to give it up. */
const PATIENT_MS = 1000;

const nothing = new Int32Array(new SharedArrayBuffer(4));

/**
 * Whether it was the lock of another process that SQLite met, so that it may be gone in a moment.
 *
 * @param inTransaction - what was read in one that is too old to write stays so.
 */
export function isBusy(error: unknown, inTransaction: boolean): boolean {
  const code = errorCode(error);
  if (code === 'SQLITE_BUSY_SNAPSHOT') return !inTransaction;
  return code?.startsWith('SQLITE_BUSY') === true;
}

/**
 * Runs `action` again until no lock stands in its way, or `limitMs` have passed. The thread stands
 * still meanwhile.
 *
 * @throws what `action` throws.
 */
export function outwait<T>(action: () => T, limitMs: number): T {
  const start = performance.now();
  let isLong = false;
  try {
    for (;;) {
      const waited = performance.now() - start;
      if (waited > TURNS_MS && !isLong) {
        isLong = true;
        longWait.publish(true);
      }
      if (waited >= limitMs) return action();
      const most = waited < PATIENT_MS ? 1 : 10;
      Atomics.wait(nothing, 0, 0, most * (0.2 + Math.random()));
      try {
        return action();
      } catch (error) {
        if (!isBusy(error, false)) throw error;
      }
    }
  } finally {
    if (isLong) longWait.publish(false);
  }
}
