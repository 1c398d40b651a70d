/** Runs the store's long work so that the event loop gets its turns. */

import { runInSlices, type Steps } from '../../disk/time-slices.ts';

/** Runs a generator of the store or its maintenance to the end and resolves to its result. */
export function inSlices<T>(work: Generator<unknown, T, void>, signal?: AbortSignal): Promise<T> {
  return runInSlices(steps(work), { signal });
}

function* steps<T>(work: Generator<unknown, T, void>): Steps<T> {
  try {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      yield 0;
    }
  } finally {
    work.return(undefined as never);
  }
}
