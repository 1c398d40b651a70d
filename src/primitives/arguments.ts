/** Checks of what callers give, once and at the public method; below it, types are trusted. */

import { closestOf } from './closest.ts';
import { unknownName, wrongType, wrongValue } from './errors.ts';
import { MAX_LINK_BYTES } from './limits.ts';

/** The bytes of what is to be written. */
export function toBytes(data: unknown, encoding: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data !== 'string') throw wrongType('data', 'a string or Uint8Array', data);
  return Buffer.from(data, checkEncoding(encoding) ?? 'utf8');
}

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT when it is not an encoding of Buffer. */
export function checkEncoding(encoding: unknown): BufferEncoding | undefined {
  if (encoding === undefined || encoding === null) return undefined;
  if (typeof encoding !== 'string') throw wrongType('encoding', 'a string', encoding);
  if (Buffer.isEncoding(encoding)) return encoding;
  throw wrongValue('encoding', "an encoding of Buffer, such as 'utf8'", encoding);
}

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT when it is not from 0 to 0o777. */
export function checkMode(mode: unknown): number | undefined {
  if (mode === undefined) return undefined;
  if (typeof mode !== 'number') throw wrongType('mode', 'a number', mode);
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o777) return mode;
  throw wrongValue('mode', 'permission bits from 0 to 0o777', mode);
}

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT when it is not one of `values`. */
export function checkChoice<T extends string>(
  name: string,
  value: unknown,
  values: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const known = values.find((each) => each === value);
  if (known !== undefined) return known;
  const expected = `one of ${values.join(', ')}`;
  if (typeof value !== 'string') throw wrongType(name, expected, value);
  throw wrongValue(name, expected, value);
}

/** @throws {TypeError} INVALID_ARGUMENT when it is neither a boolean nor absent. */
export function checkBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(name, 'a boolean', value);
}

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT when it is not a whole number in these bounds. */
export function checkCount(
  name: string,
  value: unknown,
  lowest = 0,
  highest?: number,
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  const isWithin = value >= lowest && (highest === undefined || value <= highest);
  if (Number.isSafeInteger(value) && isWithin) return value;
  const bounds = highest === undefined ? `from ${lowest}` : `from ${lowest} to ${highest}`;
  throw wrongValue(name, `a whole number ${bounds}`, value);
}

/** A longer timer would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT when no timer can run for so long. */
export function checkMilliseconds(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw wrongType(name, 'a number of milliseconds', value);
  if (value >= 0 && value <= MAX_TIMEOUT_MS) return value;
  throw wrongValue(name, `from 0 to ${MAX_TIMEOUT_MS} milliseconds`, value);
}

/**
 * The options that a caller gives: only these, as one that is misspelt would have no effect.
 *
 * @param names - those that there are.
 * @throws {TypeError} INVALID_ARGUMENT when it is neither an object nor absent, or has another one.
 */
export function checkOptions<T extends object>(
  value: T | undefined,
  names: readonly (keyof T & string)[],
  name = 'options',
): Partial<T> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(name, 'an object', value);
  }
  const known: readonly string[] = names;
  for (const [given, content] of Object.entries(value)) {
    if (content !== undefined && !known.includes(given))
      throw unknownName(name, given, closestOf(given, known));
  }
  return value;
}

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT when no file system could hold the target. */
export function checkLinkTarget(target: unknown): Buffer {
  if (typeof target !== 'string') throw wrongType('target', 'a string', target);
  const bytes = Buffer.from(target);
  if (target === '' || target.includes('\0') || !target.isWellFormed()) {
    throw wrongValue('target', 'a non-empty path without NUL', target);
  }
  if (bytes.length > MAX_LINK_BYTES) {
    throw wrongValue('target', `at most ${MAX_LINK_BYTES} bytes`, target);
  }
  return bytes;
}

/** @throws {TypeError} INVALID_ARGUMENT when it is neither a string nor absent. */
export function checkText(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(name, 'a string', value);
}

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT when it is not a string, or has a NUL. */
export function requireText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  if (value.includes('\0')) throw wrongValue(name, 'without NUL', value);
  return value;
}

/** @throws {TypeError} INVALID_ARGUMENT when it is neither an array of strings nor absent. */
export function checkStrings(name: string, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, 'an array of strings', value);
  const strings: string[] = [];
  for (const item of value) {
    if (typeof item !== 'string') throw wrongType(`each of ${name}`, 'a string', item);
    if (!strings.includes(item)) strings.push(item);
  }
  return strings;
}

/** @throws {TypeError} INVALID_ARGUMENT when it is neither an AbortSignal nor absent. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw wrongType('signal', 'an AbortSignal', signal);
}
