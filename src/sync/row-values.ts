/** Turns what came from a remote into values, or says which column holds something else. */

import { type ObjectId, parseObjectId } from '../primitives/object-id.ts';
import type { DatabaseRow } from './libsql-client.ts';
import { SyncError } from './sync-errors.ts';

/** The text in a column. */
export function textAt(row: DatabaseRow, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : wrongColumn(column, 'text');
}

/** The integer from 0 to 2^53 - 1 in a column. */
export function integerAt(row: DatabaseRow, column: string): number {
  const value = row[column];
  const isInteger = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  return isInteger ? value : wrongColumn(column, 'an integer');
}

/** The bytes in a column. */
export function bytesAt(row: DatabaseRow, column: string): Buffer {
  const value = row[column];
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
  return wrongColumn(column, 'bytes');
}

/** The object id in a column. */
export function idAt(row: DatabaseRow, column: string): ObjectId {
  return parseObjectId(bytesAt(row, column).toString('hex')) ?? wrongColumn(column, 'an id');
}

/** The value that a small number in a column stands for. */
export function choiceAt<T>(
  row: DatabaseRow,
  column: string,
  choices: readonly T[],
  first: number,
): T {
  const choice = choices[integerAt(row, column) - first];
  return choice === undefined ? wrongColumn(column, 'a known kind') : choice;
}

/** The strings in a column that holds a JSON array. */
export function stringsAt(row: DatabaseRow, column: string): string[] {
  const value = parseJson(textAt(row, column));
  const isStrings = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isStrings ? value : wrongColumn(column, 'an array of strings');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrongColumn(column: string, expected: string): never {
  throw new SyncError(
    'REMOTE_CORRUPT',
    `The remote has a row whose ${column} is not ${expected}.`,
    {
      hint: 'Nothing was taken over. Restore the remote from a backup, or use another one.',
      details: { column },
    },
  );
}
