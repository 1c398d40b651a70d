/** Walks two sequences of named things side by side. */

import { compareNames } from '../primitives/path.ts';

/** A name with what each side has under it; undefined where it has nothing. */
export type Joined<Left, Right> = readonly [
  name: string,
  left: Left | undefined,
  right: Right | undefined,
];

/** Joins two sequences by name. Both must be in the order of {@link compareNames}. */
export function* joinByName<Left, Right>(
  left: Iterable<readonly [string, Left]>,
  right: Iterable<readonly [string, Right]>,
): IterableIterator<Joined<Left, Right>> {
  const lefts = left[Symbol.iterator]();
  const rights = right[Symbol.iterator]();
  let a = lefts.next();
  let b = rights.next();
  while (!a.done || !b.done) {
    const order = orderOf(a, b);
    if (!a.done && order <= 0) {
      const other = order === 0 && !b.done ? b.value[1] : undefined;
      yield [a.value[0], a.value[1], other];
      a = lefts.next();
      if (order === 0) b = rights.next();
    } else if (!b.done) {
      yield [b.value[0], undefined, b.value[1]];
      b = rights.next();
    }
  }
}

function orderOf(
  a: IteratorResult<readonly [string, unknown]>,
  b: IteratorResult<readonly [string, unknown]>,
): number {
  if (a.done) return 1;
  if (b.done) return -1;
  return compareNames(a.value[0], b.value[0]);
}
