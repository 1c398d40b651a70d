/** What is done about a disk that is full: the log of the store gives its room back, once. */

import { statSync } from 'node:fs';
import { errorCode } from '../primitives/errors.ts';

/** Bytes of the log of a store; 0 when there is none. */
function logSize(store: string): number {
  return statSync(`${store}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Runs a transaction. When the disk is full the log gives back what it has grown by, which may be
 * the very room that is missing, and a transaction that can be repeated is run once more.
 *
 * @param checkpoint - writes the log into the store, and truncates it.
 * @param isRepeatable - whether it does the same again: it has taken nothing from its caller.
 */
export function withRoom<T>(
  store: string,
  run: () => T,
  checkpoint: () => void,
  isRepeatable: boolean,
): T {
  try {
    return run();
  } catch (error) {
    const hasMore = errorCode(error) === 'STORE_FULL' && givesBack(store, checkpoint);
    if (!hasMore || !isRepeatable) throw error;
  }
  return withRoom(store, run, checkpoint, false);
}

/** Whether the log is smaller now. */
function givesBack(store: string, checkpoint: () => void): boolean {
  const before = logSize(store);
  try {
    checkpoint();
  } catch {
    // The store cannot grow either: what is in the log stays there.
  }
  return logSize(store) < before;
}

/**
 * Looks at something, which may store tree nodes on the way: where the disk has no room even for
 * those, in a transaction that is rolled back.
 */
export function lookWhenFull<T>(
  database: { readonly transaction: <Result>(action: () => Result) => Result },
  look: () => T,
): T {
  try {
    return look();
  } catch (error) {
    if (errorCode(error) !== 'STORE_FULL') throw error;
  }
  const seen: T[] = [];
  const enough = new Error('Everything was seen.');
  try {
    database.transaction(() => {
      seen.push(look());
      throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  const [result] = seen;
  return result as T;
}
