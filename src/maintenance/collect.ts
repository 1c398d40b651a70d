/**
 * Garbage collection: removes the objects that no root leads to, while other processes go on
 * writing. It marks without a transaction, and sweeps in short ones; in each of them, if anything
 * was written since, it first marks from the roots as they are then. So nothing is removed that was
 * reachable, pinned or named by a journal at the moment of its removal.
 */

import { StorageError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { Store } from '../store/store.ts';
import { Marking } from './marking.ts';
import { expiredOperations, type ReleasedRows, type Retention, releaseRows } from './retention.ts';
import type { IsReleased } from './roots.ts';

/** What garbage collection is told. */
export interface CollectOptions extends Retention {
  /** Only says what would be removed. */
  readonly dryRun?: boolean | undefined;
}

/** What garbage collection has removed, or would remove. */
export interface Collected {
  readonly objects: number;
  /** Bytes that they took up. */
  readonly bytes: number;
  /** Rows that were removed; all 0 in a dry run. */
  readonly rows: ReleasedRows;
  readonly dryRun: boolean;
}

const PAGE_IDS = 1_000;
const SWEEP_OBJECTS = 2_000;
const NO_ROWS: ReleasedRows = { operations: 0, audit: 0, pins: 0, leases: 0 };

/**
 * Collects garbage. A generator: each step is short, and no transaction is open between two.
 *
 * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT when a tree cannot be read: then nobody
 *   knows what it leads to, and no object is removed.
 */
export function* collectGarbage(
  store: Store,
  options: CollectOptions,
): Generator<void, Collected, void> {
  const dryRun = options.dryRun === true;
  const rows = dryRun ? NO_ROWS : yield* releaseRows(store, options);
  const expired = dryRun ? expiredOperations(store, options) : new Set<number>();
  const isReleased: IsReleased = (operation) => expired.has(operation);
  const seen = store.database.changeMark();
  const marks = new Marking(store);
  yield* markAhead(store, marks, isReleased);
  const garbage = yield* unmarked(store, marks);
  const removed = dryRun ? measure(store, garbage) : yield* sweep(store, marks, garbage, seen);
  return { ...removed, rows, dryRun };
}

/** Marks without a transaction. What it reads may be collected by another process under it. */
function* markAhead(store: Store, marks: Marking, isReleased: IsReleased): Generator<void> {
  try {
    yield* marks.run(isReleased);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    // Half of a tree may be marked. If the store really is damaged, this throws again.
    marks.clear();
    store.database.snapshot(() => runToEnd(marks.run(isReleased)));
  }
}

/** The numbers of the objects without a mark. */
function* unmarked(store: Store, marks: Marking): Generator<void, number[]> {
  const numbers: number[] = [];
  let after: ObjectId | undefined;
  do {
    const page = store.objects.ids(after, PAGE_IDS);
    for (const { id, number } of page) if (!marks.has(id)) numbers.push(number);
    after = page.at(-1)?.id;
    yield;
  } while (after !== undefined);
  // In this order rows that share a page are removed together.
  return numbers.sort((left, right) => left - right);
}

function* sweep(
  store: Store,
  marks: Marking,
  garbage: readonly number[],
  markedAt: string,
): Generator<void, { objects: number; bytes: number }> {
  const removed = { objects: 0, bytes: 0 };
  let seen = markedAt;
  // From then on what was garbage when it was listed may be needed, in all that is still to come.
  let isMarkedAgain = false;
  for (let start = 0; start < garbage.length; start += SWEEP_OBJECTS) {
    const some = garbage.slice(start, start + SWEEP_OBJECTS);
    const { objects, bytes } = store.database.transaction(() => {
      const isCurrent = store.database.changeMark() === seen;
      if (!isCurrent) runToEnd(marks.run());
      isMarkedAgain ||= !isCurrent;
      const unneeded = isMarkedAgain
        ? some.filter((number) => !isMarked(store, marks, number))
        : some;
      const sizes = measure(store, unneeded);
      for (const [first, last] of runsOf(unneeded)) store.objects.delete(first, last);
      seen = store.database.changeMark();
      return sizes;
    });
    removed.objects += objects;
    removed.bytes += bytes;
    yield;
  }
  return removed;
}

/** Whether the object that is in the row now has a mark. */
function isMarked(store: Store, marks: Marking, number: number): boolean {
  const object = store.objects.storedAt(number);
  return object !== undefined && marks.has(object.id);
}

function measure(store: Store, garbage: readonly number[]): { objects: number; bytes: number } {
  const sum = { objects: 0, bytes: 0 };
  for (const [first, last] of runsOf(garbage)) {
    const { objects, bytes } = store.objects.measure(first, last);
    sum.objects += objects;
    sum.bytes += bytes;
  }
  return sum;
}

/** Ascending numbers as runs of neighbours, of which SQLite takes each in one statement. */
function* runsOf(numbers: readonly number[]): Generator<readonly [first: number, last: number]> {
  let first = numbers[0];
  let last = first;
  for (const number of numbers) {
    if (first === undefined || last === undefined) return;
    if (number > last + 1) {
      yield [first, last];
      first = number;
    }
    last = number;
  }
  if (first !== undefined && last !== undefined) yield [first, last];
}

function runToEnd(steps: Generator<void>): void {
  while (steps.next().done !== true);
}
