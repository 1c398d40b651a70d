/** Ends what a test has begun, wherever it was begun. */

import { afterAll, onTestFinished } from 'vitest';

const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Calls `action` after the test that runs, or after all tests of the file when none does. */
export function whenDone(action: () => unknown): void {
  try {
    onTestFinished(async () => {
      await action();
    });
  } catch {
    ends.push(action);
  }
}
