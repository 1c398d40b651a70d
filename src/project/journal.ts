/** The journal of a change to the base as the store keeps it: JSON, specified in docs/FORMAT.md. */

import { kindFromNumber, kindNumber } from '../primitives/entry.ts';
import { errorCode, StorageError } from '../primitives/errors.ts';
import { parseObjectId } from '../primitives/object-id.ts';
import { isWithin, parsePath, type TreePath } from '../primitives/path.ts';
import type { Store } from '../store/store.ts';
import { EMPTY_TREE } from '../tree/trees.ts';
import type { ChangeJournal, ChangeStep, Side } from './change-step.ts';

/** Writes a change down, durably, before anything of it happens. */
export function beginJournal(
  store: Store,
  steps: readonly ChangeStep[],
  now: number,
): ChangeJournal {
  const text = encodeSteps(steps);
  return store.database.transaction(
    () => {
      const number = store.journals.begin(now);
      store.journals.setSteps(number, text);
      return { number, steps };
    },
    { durable: true },
  );
}

/** Ends a journal, durably: what it said must not come back after a power cut. */
export function endJournal(store: Store, journal: ChangeJournal): void {
  store.database.transaction(() => store.journals.end(journal.number), { durable: true });
}

/** Whether the transaction that made the change final is in the store. */
export function isApplied(store: Store, journal: ChangeJournal): boolean {
  const row = store.journals.list().find(({ number }) => number === journal.number);
  return row?.state === 'applied';
}

/** The steps as JSON. */
export function encodeSteps(steps: readonly ChangeStep[]): string {
  return JSON.stringify(
    steps.map(({ path, anchor, before, after, inPlace }) => [
      path,
      anchor,
      encodeSide(before),
      encodeSide(after),
      inPlace,
    ]),
  );
}

/**
 * Reads what {@link encodeSteps} wrote, and checks it: paths decide what recovery touches.
 *
 * @throws {StorageError} STORE_CORRUPT when it is anything else.
 */
export function decodeSteps(number: number, text: string): ChangeStep[] {
  try {
    const items: unknown = JSON.parse(text);
    if (!Array.isArray(items)) throw new RangeError('it is not an array');
    return items.map(decodeStep);
  } catch (cause) {
    if (!isDecodingError(cause)) throw cause;
    throw new StorageError('STORE_CORRUPT', `Journal ${number} is damaged: ${cause.message}.`, {
      hint: 'Restore the store from a backup; run verify to see what else is hit.',
      details: { journal: number },
      cause,
    });
  }
}

function encodeSide(side: Side | undefined): readonly (string | number)[] | null {
  if (side === undefined) return null;
  const kind = kindNumber(side.kind);
  return side.kind === 'directory' ? [kind, side.mode] : [kind, side.mode, side.size, side.id];
}

function decodeStep(item: unknown, number: number): ChangeStep {
  if (!Array.isArray(item)) throw new RangeError(`step ${number} is not an array`);
  const values: readonly unknown[] = item;
  const [path, anchor, before, after, inPlace] = values;
  const step = {
    number,
    path: decodePath(path),
    anchor: decodePath(anchor),
    before: decodeSide(before),
    after: decodeSide(after),
    inPlace: inPlace === true,
  };
  if (!isWithin(step.path, step.anchor)) throw new RangeError(`step ${number} leaves its anchor`);
  return step;
}

function decodePath(value: unknown): TreePath {
  const path = parsePath(value);
  if (path !== value) throw new RangeError('a path is not normalised');
  return path;
}

function decodeSide(value: unknown): Side | undefined {
  if (value === null) return undefined;
  if (!Array.isArray(value)) throw new RangeError('a side is not an array');
  const values: readonly unknown[] = value;
  const [kindValue, mode, size = 0, idText = EMPTY_TREE] = values;
  const kind = kindFromNumber(decodeNumber(kindValue));
  const id = typeof idText === 'string' ? parseObjectId(idText) : undefined;
  if (kind === undefined || id === undefined) throw new RangeError('a side has no kind or id');
  return { kind, mode: decodeNumber(mode), size: decodeNumber(size), id };
}

function decodeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError('a number is missing or out of range');
}

function isDecodingError(error: unknown): error is Error {
  return (
    error instanceof SyntaxError ||
    error instanceof RangeError ||
    error instanceof TypeError ||
    (error instanceof Error && errorCode(error) === 'INVALID_PATH')
  );
}
