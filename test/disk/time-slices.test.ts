/** Long work in steps: the event loop turns, waits are kept, and an abort closes what is open. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runInSlices } from '../../src/disk/time-slices.ts';

describe('work in slices', () => {
  it('gives the result, and what the steps throw', async () => {
    expect(
      await runInSlices(
        (function* () {
          yield 0;
          return 'done';
        })(),
      ),
    ).toBe('done');
    const failing = (function* (): Generator<number, void, void> {
      yield 0;
      throw new Error('failed');
    })();
    await expect(runInSlices(failing)).rejects.toThrow('failed');
  });

  it('lets others run although the work never pauses by itself', async () => {
    let othersRan = false;
    const work = (function* (): Generator<number, void, void> {
      while (!othersRan) yield 0;
    })();
    const done = runInSlices(work);
    await nextTurn();
    othersRan = true;
    await done;
  });

  it('lets others run between calls that are over at once', async () => {
    let othersRan = false;
    setImmediate(() => {
      othersRan = true;
    });
    for (let calls = 0; calls < 100 && !othersRan; calls++) {
      await runInSlices((function* (): Generator<number, void, void> {})());
    }
    expect(othersRan).toBe(true);
  });

  it('waits when a step asks for it', async () => {
    let timerFired = false;
    const work = (function* (): Generator<number, boolean, void> {
      setTimeout(() => {
        timerFired = true;
      }, 1);
      // Timers fire in the order of their times, so the one above comes first.
      yield 30;
      return timerFired;
    })();
    expect(await runInSlices(work)).toBe(true);
  });

  it('stops at an abort, gives the reason, and runs the finally blocks', async () => {
    const stop = new AbortController();
    let closed = false;
    const work = (function* (): Generator<number, void, void> {
      try {
        stop.abort('enough');
        for (;;) yield 0;
      } finally {
        closed = true;
      }
    })();
    await expect(runInSlices(work, { signal: stop.signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'enough',
    });
    expect(closed).toBe(true);
  });
});
