/** Runs long synchronous work in slices, so that the event loop gets a turn between them. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { AgentFSError } from '../primitives/errors.ts';

const SLICE_MS = 15;

/** What the caller of long work can give along. */
export interface SliceOptions {
  /** Stops the work between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each slice, before others get their turn. */
  readonly onSlice?: (() => void) | undefined;
}

/**
 * Runs a generator to its end, letting the event loop turn about every 15 ms. Its `finally` blocks
 * run whatever happens.
 *
 * @throws {AgentFSError} ABORTED when the signal fires; otherwise whatever the steps throw.
 */
export async function runInSlices<T>(
  steps: Generator<void, T, void>,
  options: SliceOptions = {},
): Promise<T> {
  const { signal, onSlice } = options;
  try {
    for (;;) {
      throwIfAborted(signal);
      const result = runSlice(steps);
      if (result.done) return result.value;
      onSlice?.();
      await nextTurn();
    }
  } finally {
    // After an abort this closes what the steps hold open; after their end it does nothing.
    closeSteps(steps);
  }
}

/** @throws {AgentFSError} ABORTED when the signal has fired, with its reason as cause. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AgentFSError('ABORTED', 'The operation was stopped through its signal.', {
    cause: signal.reason,
  });
}

type SliceResult<T> = { readonly done: true; readonly value: T } | { readonly done: false };

function runSlice<T>(steps: Generator<void, T, void>): SliceResult<T> {
  const deadline = performance.now() + SLICE_MS;
  do {
    const step = steps.next();
    if (step.done === true) return { done: true, value: step.value };
  } while (performance.now() < deadline);
  return { done: false };
}

function closeSteps(steps: { [Symbol.iterator](): Iterator<void, unknown, void> }): void {
  steps[Symbol.iterator]().return?.();
}
