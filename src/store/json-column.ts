/** Columns that hold JSON. */

import { StorageError } from '../primitives/errors.ts';

/**
 * Parses a column.
 *
 * @throws {StorageError} STORE_CORRUPT when it is not JSON.
 */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StorageError('STORE_CORRUPT', 'A row of the store does not hold valid JSON.', {
      hint: 'Run verify, then restore the store from a backup.',
      cause,
    });
  }
}

/** Parses a column that holds an array of strings; what is not a string is left out. */
export function readStrings(text: string): readonly string[] {
  if (text === '[]') return [];
  const value = readJson(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/**
 * Parses a column that holds an object.
 *
 * @throws {StorageError} STORE_CORRUPT when it does not: what it says must not be taken for nothing.
 */
export function readObject(text: string): Readonly<Record<string, unknown>> {
  if (text === '{}') return {};
  const value = readJson(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new StorageError('STORE_CORRUPT', 'A row of the store does not hold a JSON object.', {
    hint: 'Run verify, then restore the store from a backup.',
  });
}
