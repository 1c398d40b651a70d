/** Runs long synchronous work in slices, so that the event loop gets a turn between them. */

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { AgentFSError } from '../primitives/errors.ts';

const SLICE_MS = 15;

/**
 * Long work in small steps. A step may yield the milliseconds that have to pass before the next;
 * without, that may follow at once.
 */
export type Steps<T> = Generator<unknown, T, void>;

/** What the caller of long work can give along. */
export interface SliceOptions {
  /** Stops the work between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each slice, before others get their turn. */
  readonly onSlice?: (() => void) | undefined;
}

/**
 * Runs a generator to its end, letting the event loop turn about every 15 ms, and once at least: a
 * row of calls that fit into one slice each would otherwise keep everything else waiting. Its
 * `finally` blocks run whatever happens.
 *
 * @throws {AgentFSError} ABORTED when the signal fires; otherwise whatever the steps throw.
 */
export async function runInSlices<T>(steps: Steps<T>, options: SliceOptions = {}): Promise<T> {
  const { signal, onSlice } = options;
  try {
    for (let slices = 1; ; slices++) {
      throwIfAborted(signal);
      const step = runSlice(steps);
      if (step.done === true) {
        if (slices === 1) await nextTurn();
        return step.value;
      }
      onSlice?.();
      await (waits(step.value) ? sleep(step.value) : nextTurn());
    }
  } finally {
    // After an abort this closes what the steps hold open; after their end it does nothing.
    steps.return(undefined as never);
  }
}

/** @throws {AgentFSError} ABORTED when the signal has fired, with its reason as cause. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AgentFSError('ABORTED', 'The operation was stopped through its signal.', {
    cause: signal.reason,
  });
}

/** Runs until the time is up, a step asks to wait, or the end; gives the last step. */
function runSlice<T>(steps: Steps<T>): IteratorResult<unknown, T> {
  const deadline = performance.now() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true || waits(step.value) || performance.now() >= deadline) return step;
  }
}

function waits(step: unknown): step is number {
  return typeof step === 'number' && step > 0;
}
