/** Runs long synchronous work in slices, so that the event loop gets a turn between them. */

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { AgentFSError } from '../primitives/errors.ts';

const SLICE_MS = 15;

/** Of what nobody waits for yet: a quarter of the time, in shorter slices. */
const IDLE_SLICE_MS = 5;
const IDLE_PAUSE_MS = 15;

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
  /** Lets others go first for as long as it is idle. */
  readonly pace?: Pace | undefined;
}

/** The pace of long work that somebody may come to wait for. */
export class Pace {
  #isIdle: boolean;
  #wake: () => void = () => undefined;

  /** @param isIdle - whether nobody waits yet. */
  constructor(isIdle: boolean) {
    this.#isIdle = isIdle;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Somebody waits from now on. */
  hurry(): void {
    this.#isIdle = false;
    this.#wake();
  }

  /** A pause that {@link hurry} ends, and that keeps no process alive. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, IDLE_PAUSE_MS).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * Runs a generator to its end, letting the event loop turn about every 15 ms, and once at least: a
 * row of calls that fit into one slice each would otherwise keep everything else waiting. Its
 * `finally` blocks run whatever happens.
 *
 * @throws {AgentFSError} ABORTED when the signal fires; otherwise whatever the steps throw.
 */
export async function runInSlices<T>(steps: Steps<T>, options: SliceOptions = {}): Promise<T> {
  const { signal, onSlice, pace } = options;
  try {
    for (let slices = 1; ; slices++) {
      throwIfAborted(signal);
      const step = runSlice(steps, pace?.isIdle === true ? IDLE_SLICE_MS : SLICE_MS);
      if (step.done === true) {
        if (slices === 1) await nextTurn();
        return step.value;
      }
      onSlice?.();
      if (pace?.isIdle === true) await pace.pause();
      else await (waits(step.value) ? sleep(step.value) : nextTurn());
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
function runSlice<T>(steps: Steps<T>, sliceMs: number): IteratorResult<unknown, T> {
  const deadline = performance.now() + sliceMs;
  for (;;) {
    const step = steps.next();
    if (step.done === true || waits(step.value) || performance.now() >= deadline) return step;
  }
}

function waits(step: unknown): step is number {
  return typeof step === 'number' && step > 0;
}
