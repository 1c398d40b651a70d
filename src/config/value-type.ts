/**
 * What values a configuration key takes: how to recognise one and how to say what it must be.
 */

import { parseQuantity, type Unit } from '../primitives/quantity.ts';

/** A set of values that a key may have. */
export interface ValueType<V> {
  /** The words after "must be", such as `an integer from 0 to 100`. */
  readonly expected: string;
  /** The words among the values, if they can be listed. */
  readonly words?: readonly string[];
  /** The value, when it belongs to the type; otherwise undefined. */
  read(value: unknown): V | undefined;
  /** The value that a person typed, such as `100MB` for a size; otherwise undefined. */
  readText(text: string): V | undefined;
}

const TYPED_BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

/** True or false; no other value stands for them, but people may type `on` or `no`. */
export const BOOLEAN: ValueType<boolean> = {
  expected: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
  readText: (text) => TYPED_BOOLEANS.get(text.trim().toLowerCase()),
};

/** A string that is not blank and holds no NUL. */
export const TEXT: ValueType<string> = {
  expected: 'a string that is not blank',
  read: (value) => (isText(value) ? value : undefined),
  readText: (text) => (isText(text) ? text : undefined),
};

/** A path on the host's file system; a relative one counts from the base. */
export const HOST_PATH: ValueType<string> = {
  expected: 'a path (a string that is not blank)',
  read: TEXT.read,
  readText: TEXT.readText,
};

/** A list of strings that are not blank. */
export const TEXTS: ValueType<readonly string[]> = {
  expected: 'a list of strings that are not blank',
  // A copy, so that the caller's array can change without changing the configuration.
  read: (value) => (Array.isArray(value) && value.every(isText) ? [...value] : undefined),
  readText: (text) => {
    const texts = text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
    return texts.every(isText) ? texts : undefined;
  },
};

const MAX_PATTERN_BYTES = 32_768;

/** A list of patterns; so long that matching them against any path is a matter of moments. */
export const PATTERNS: ValueType<readonly string[]> = {
  expected: `a list of strings that are not blank, with at most ${MAX_PATTERN_BYTES} bytes in all`,
  read: (value) => withinBytes(TEXTS.read(value)),
  readText: (text) => withinBytes(TEXTS.readText(text)),
};

function withinBytes(texts: readonly string[] | undefined): readonly string[] | undefined {
  const length = texts?.reduce((sum, text) => sum + Buffer.byteLength(text), 0) ?? 0;
  return length > MAX_PATTERN_BYTES ? undefined : texts;
}

/** A whole number from `min` to `max`, both included, in `unit` if it has one. */
export function integer(min: number, max: number, unit?: Unit): ValueType<number> {
  const read = (value: unknown): number | undefined => {
    // TOML reads integers beyond 2^53 as bigint; they are above every maximum here.
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
    return value >= min && value <= max ? value : undefined;
  };
  return {
    expected: `a whole number from ${min} to ${max}${unit === undefined ? '' : ` (${unit})`}`,
    read,
    readText: (text) => read(parseQuantity(text, unit)),
  };
}

/** One of the listed values. */
export function choice<const C extends readonly (string | boolean)[]>(
  ...choices: C
): ValueType<C[number]> {
  const quoted = choices.map((value) => JSON.stringify(value));
  return {
    expected: quoted.length === 1 ? quoted.join() : `one of ${quoted.join(', ')}`,
    words: choices.filter((value) => typeof value === 'string'),
    read: (value) => choices.find((candidate) => candidate === value),
    readText: (text) => choices.find((candidate) => String(candidate) === text.trim()),
  };
}

/** A list of some of the listed words, each once. */
export function someOf<W extends string>(...words: readonly W[]): ValueType<readonly W[]> {
  const read = (values: readonly unknown[]): readonly W[] | undefined => {
    const known = words.filter((word) => values.includes(word));
    return known.length === new Set(values).size ? known : undefined;
  };
  return {
    expected: `a list of ${words.map((word) => JSON.stringify(word)).join(', ')}`,
    words,
    read: (value) => (Array.isArray(value) ? read(value) : undefined),
    readText: (text) => read(TEXTS.readText(text) ?? [undefined]),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
}
