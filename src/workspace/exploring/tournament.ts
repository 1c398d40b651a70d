/** A tournament of pairs: finds the best of several by comparing two at a time. */

/**
 * Orders items by knock-out rounds: n - 1 comparisons, of which those of a round run at once.
 *
 * @param compare - below zero when the first is better, above zero when the second is; a draw goes
 *   to the one that came first.
 * @returns the items, best first; who was knocked out in the same round keeps the order of `items`.
 */
export async function tournament<T>(
  items: readonly T[],
  compare: (first: T, second: T) => Promise<number>,
): Promise<T[]> {
  const knockedOut: T[][] = [];
  let left = [...items];
  while (left.length > 1) {
    const pairs = Array.from({ length: Math.ceil(left.length / 2) }, (_, index) =>
      left.slice(2 * index, 2 * index + 2),
    );
    const winners: readonly unknown[] = await Promise.all(
      pairs.map(async ([first, second]) => {
        if (second === undefined || first === undefined) return first;
        return (await compare(first, second)) > 0 ? second : first;
      }),
    );
    knockedOut.unshift(left.filter((item) => !winners.includes(item)));
    left = left.filter((item) => winners.includes(item));
  }
  return [...left, ...knockedOut.flat()];
}
