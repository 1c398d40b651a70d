/**
 * What values a configuration key takes: how to recognise one and how to say what it must be.
 */

/** A set of values that a key may have. */
export interface ValueType<V> {
  /** The words after "must be", such as `an integer from 0 to 100`. */
  readonly expected: string;
  /** The value, when it belongs to the type; otherwise undefined. */
  read(value: unknown): V | undefined;
}

/** True or false; no other value stands for them. */
export const BOOLEAN: ValueType<boolean> = {
  expected: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
};

/** A string that is not blank and holds no NUL. */
export const TEXT: ValueType<string> = {
  expected: 'a string that is not blank',
  read: (value) => (isText(value) ? value : undefined),
};

/** A path on the host's file system; a relative one counts from the base. */
export const HOST_PATH: ValueType<string> = {
  expected: 'a path (a string that is not blank)',
  read: TEXT.read,
};

/** A list of strings that are not blank. */
export const TEXTS: ValueType<readonly string[]> = {
  expected: 'a list of strings that are not blank',
  // A copy, so that the caller's array can change without changing the configuration.
  read: (value) => (Array.isArray(value) && value.every(isText) ? [...value] : undefined),
};

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max: number): ValueType<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    read: (value) => {
      // TOML reads integers beyond 2^53 as bigint; they are above every maximum here.
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of the listed values. */
export function choice<const C extends readonly (string | boolean)[]>(
  ...choices: C
): ValueType<C[number]> {
  const quoted = choices.map((value) => JSON.stringify(value));
  return {
    expected: quoted.length === 1 ? quoted.join() : `one of ${quoted.join(', ')}`,
    read: (value) => choices.find((candidate) => candidate === value),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
}
