/** Counts, sizes and spans of time as values of options. */

import { parseQuantity } from '../../primitives/quantity.ts';
import { UsageError } from '../exit-status.ts';
import type { Reader } from './parameters.ts';

/** What a number alone means. */
export type SpanUnit = 's' | 'h' | 'days';

/** The unit in milliseconds, and its name. */
const SPAN_UNITS: Readonly<Record<SpanUnit, readonly [length: number, name: string]>> = {
  s: [1000, 'seconds'],
  h: [3_600_000, 'hours'],
  days: [86_400_000, 'days'],
};

/** A whole number. */
export const COUNT: Reader = { read: parseCount };

/** A size in bytes. */
export const BYTES: Reader = { read: parseBytes };

/** A span of time, in milliseconds. */
export function span(alone: SpanUnit): Reader {
  return { read: (text, option) => parseSpan(text, option, alone) };
}

/** The limit that a {@link Reader} gives, or `none` to take it away. */
export function limit({ read }: Reader): Reader {
  return { read: (text, option, before) => (text === 'none' ? text : read(text, option, before)) };
}

/**
 * Milliseconds of a span such as `30s`, `5m`, `1.5h`, `2d` or `1w`.
 *
 * @param alone - what a number without a unit means.
 * @throws {UsageError} when it is no span.
 */
export function parseSpan(text: string, option: string, alone: SpanUnit): number {
  const [length, name] = SPAN_UNITS[alone];
  const amount = parseQuantity(text, alone);
  if (amount !== undefined) return Math.round(amount * length);
  throw new UsageError(
    `${option} takes a span of time, not '${text}'.`,
    `Type a number and a unit, such as 30s, 5m, 2h, 1d or 1w. Without a unit it is in ${name}.`,
  );
}

/** Bytes of a size such as `512MB` or `2G`; a number alone is in bytes. @throws {UsageError} */
export function parseBytes(text: string, option: string): number {
  const amount = parseQuantity(text, 'bytes');
  if (amount !== undefined) return Math.round(amount);
  throw new UsageError(
    `${option} takes a size, not '${text}'.`,
    'Type a number and a unit, such as 512MB or 2GB.',
  );
}

/** A whole number. @throws {UsageError} when it is none. */
function parseCount(text: string, option: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${option} takes a whole number from 0, not '${text}'.`);
}
