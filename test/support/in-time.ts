/** Limits of time in tests: how long a program takes to begin is the machine's affair. */

/**
 * Does what has to get somewhere before its time is up, again with twice the time until it has.
 *
 * @param attempt - does it, with so many milliseconds.
 */
export async function inTime<Result>(
  attempt: (ms: number) => Promise<Result>,
  hasBegun: (result: Result) => boolean,
): Promise<Result> {
  for (let ms = 500; ; ms *= 2) {
    const result = await attempt(ms);
    if (hasBegun(result) || ms > 30_000) return result;
  }
}
