/** Sizes and durations as people type them, such as `100MB` and `90d`, in the unit that is wanted. */

/** What a number counts; a unit of size or of time. */
export type Unit = 'bytes' | 'KB' | 'MB' | 'ms' | 's' | 'h' | 'days';

const KILO = 1024;
const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** Bytes; a kilobyte has 1,024 of them, as everywhere in agentfs. */
const SIZES: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ...['k', 'm', 'g', 't'].flatMap((prefix, index): [string, number][] => {
    const bytes = KILO ** (index + 1);
    return [
      [prefix, bytes],
      [`${prefix}b`, bytes],
      [`${prefix}ib`, bytes],
    ];
  }),
]);

/** Milliseconds. */
const DURATIONS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND_MS],
  ['m', 60 * SECOND_MS],
  ['min', 60 * SECOND_MS],
  ['h', 60 * 60 * SECOND_MS],
  ['d', DAY_MS],
  ['w', 7 * DAY_MS],
]);

const UNITS: {
  readonly [Name in Unit]: readonly [suffixes: ReadonlyMap<string, number>, size: number];
} = {
  bytes: [SIZES, 1],
  KB: [SIZES, KILO],
  MB: [SIZES, KILO ** 2],
  ms: [DURATIONS, 1],
  s: [DURATIONS, SECOND_MS],
  h: [DURATIONS, 60 * 60 * SECOND_MS],
  days: [DURATIONS, DAY_MS],
};

/**
 * The number in `unit` that the text stands for: `1GB` is 1024 in MB, and a number alone is in
 * `unit` already. Undefined when the text is no quantity of this kind.
 */
export function parseQuantity(text: string, unit: Unit | undefined): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,6})?) ?([a-z]*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, digits, suffix = ''] = match;
  const amount = Number(digits);
  if (suffix === '') return amount;
  if (unit === undefined) return undefined;
  const [suffixes, size] = UNITS[unit];
  const factor = suffixes.get(suffix.toLowerCase());
  return factor === undefined ? undefined : (amount * factor) / size;
}
