/**
 * Finds lines that surely belong together in two long sequences: those that occur once on both
 * sides, or that begin a run of lines which does. The anchors cut a large diff into small ones.
 */

/** Positions in the two sequences whose elements are equal. */
export interface Anchor {
  readonly before: number;
  readonly after: number;
}

const MAX_RUN = 64;
// Numbers of runs stay far below this, so a pair of them is exact in a double.
const PAIR_BASE = 2 ** 26;

/**
 * Finds anchors, in increasing order on both sides; none when even runs of 64 elements repeat.
 *
 * Starts with single elements and doubles the length of the runs until some occur exactly once on
 * both sides; of those that cross, the longest increasing subsequence is kept. O(n log n).
 */
export function findAnchors(before: readonly number[], after: readonly number[]): Anchor[] {
  let beforeRuns = before;
  let afterRuns = after;
  for (let length = 1; length <= MAX_RUN; length *= 2) {
    const unique = uniquePairs(beforeRuns, afterRuns);
    if (unique.length > 0) return longestIncreasing(unique);
    const numbers = new Map<number, number>();
    beforeRuns = doubleRuns(beforeRuns, length, numbers);
    afterRuns = doubleRuns(afterRuns, length, numbers);
  }
  return [];
}

/** Pairs of what occurs exactly once on both sides, in the order of `before`. */
function uniquePairs(before: readonly number[], after: readonly number[]): Anchor[] {
  const beforePositions = uniquePositions(before);
  const afterPositions = uniquePositions(after);
  const pairs: Anchor[] = [];
  for (const [run, position] of beforePositions) {
    const other = afterPositions.get(run);
    if (other !== undefined) pairs.push({ before: position, after: other });
  }
  return pairs.sort((left, right) => left.before - right.before);
}

function uniquePositions(runs: readonly number[]): Map<number, number> {
  const positions = new Map<number, number>();
  const repeated = new Set<number>();
  runs.forEach((run, position) => {
    if (positions.has(run)) repeated.add(run);
    else positions.set(run, position);
  });
  for (const run of repeated) positions.delete(run);
  return positions;
}

/** Numbers the runs of twice the length: two are equal when both of their halves are. */
function doubleRuns(
  runs: readonly number[],
  length: number,
  numbers: Map<number, number>,
): number[] {
  return runs.slice(length).map((second, position) => {
    const key = (runs[position] ?? 0) * PAIR_BASE + second;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  });
}

/** The most pairs that increase on both sides; patience sorting with links to the predecessors. */
function longestIncreasing(pairs: readonly Anchor[]): Anchor[] {
  interface Link {
    readonly anchor: Anchor;
    readonly previous: Link | undefined;
  }
  const ends: Link[] = [];
  for (const anchor of pairs) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle]?.anchor.after ?? 0) < anchor.after) low = middle + 1;
      else high = middle;
    }
    ends[low] = { anchor, previous: ends[low - 1] };
  }
  const chain: Anchor[] = [];
  for (let link = ends.at(-1); link !== undefined; link = link.previous) chain.push(link.anchor);
  return chain.reverse();
}
