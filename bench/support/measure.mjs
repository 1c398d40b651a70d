/** Taking times: side by side, in turn, and the median of it. */

/** Milliseconds that `action` takes. */
export async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const REPEATS = 20;

/**
 * The median of many calls, in milliseconds: a single short one says more of the compiler, which
 * has not seen the code yet, than of the code.
 *
 * @param prepare - is called before each, and not timed.
 */
export async function repeated(call, prepare = () => undefined) {
  const times = [];
  for (let i = 0; i < REPEATS; i++) {
    await prepare(i);
    times.push(await timed(() => call(i)));
  }
  return summarise(times).median;
}

/**
 * Runs the measurements in turn (A B, B A, A B ...), so that what the machine does meanwhile falls
 * on all alike. Each is a function of the number of the run that returns a figure; run -1 warms up.
 *
 * @returns for each name the median, the least and the most of its figures.
 */
export async function inTurn(runs, measurements) {
  const names = Object.keys(measurements);
  const figures = new Map(names.map((name) => [name, []]));
  for (let run = -1; run < runs; run++) {
    for (const name of run % 2 === 0 ? names.toReversed() : names) {
      const figure = await measurements[name](run);
      if (run >= 0) figures.get(name).push(figure);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarise(figures.get(name))]));
}

/** Median, least and most of some figures. */
export function summarise(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { median, least: sorted[0], most: sorted.at(-1) };
}

/** A figure that was taken once, in the same form. */
export function once(figure) {
  return summarise([figure]);
}
