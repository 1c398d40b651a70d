/** Sizes, times, spans and counts in the words of people; programs get exact ones. */

import { UsageError } from './usage-error.ts';

type SpanUnit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w';

/** Milliseconds. */
const SPANS: Readonly<Record<SpanUnit, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SPAN_NAMES: Readonly<Record<SpanUnit, string>> = {
  ms: 'milliseconds',
  s: 'seconds',
  m: 'minutes',
  h: 'hours',
  d: 'days',
  w: 'weeks',
};
const AGES = [
  ['year', 365 * SPANS.d],
  ['month', 30 * SPANS.d],
  ['week', SPANS.w],
  ['day', SPANS.d],
  ['hour', SPANS.h],
  ['minute', SPANS.m],
] as const;

/** How long ago that was, in the largest unit that is full: `3 days ago`. */
export function humanAge(time: Date, now: number = Date.now()): string {
  const age = now - time.getTime();
  for (const [unit, length] of AGES) {
    const whole = Math.floor(age / length);
    if (whole >= 1) return `${count(whole, unit)} ago`;
  }
  return age < -SPANS.m ? humanTime(time) : 'just now';
}

/** The time on the clock of the reader, to the minute. */
export function humanTime(time: Date): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = [time.getFullYear(), pad(time.getMonth() + 1), pad(time.getDate())].join('-');
  return `${day} ${pad(time.getHours())}:${pad(time.getMinutes())}`;
}

/** `1 file`, `3 files`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

/**
 * Milliseconds of a span such as `30s`, `5m`, `1.5h`, `2d` or `1w`.
 *
 * @param unit - what a number alone means.
 * @throws {UsageError} when it is none.
 */
export function parseSpan(text: string, option: string, unit: SpanUnit): number {
  const [, number, given = unit] = /^(\d+(?:\.\d+)?)(ms|[smhdw])?$/.exec(text.trim()) ?? [];
  if (number === undefined || !isSpanUnit(given)) {
    throw new UsageError(
      `${option} takes a span of time, not '${text}'.`,
      `Write a number and a unit, such as 30s, 5m, 2h, 1d or 1w; alone it means ${SPAN_NAMES[unit]}.`,
    );
  }
  return Math.round(Number(number) * SPANS[given]);
}

function isSpanUnit(text: string): text is SpanUnit {
  return Object.hasOwn(SPANS, text);
}

/** Bytes of a size such as `512MB` or `2G`; alone it means bytes. @throws {UsageError} */
export function parseBytes(text: string, option: string): number {
  const [, number, prefix = ''] = /^(\d+(?:\.\d+)?) ?(?:([kmgt])i?)?b?$/i.exec(text.trim()) ?? [];
  if (number === undefined) {
    throw new UsageError(
      `${option} takes a size, not '${text}'.`,
      'Write a number and a unit, such as 512MB or 2GB.',
    );
  }
  return Math.round(Number(number) * 1024 ** ' kmgt'.indexOf(prefix.toLowerCase() || ' '));
}

/** A whole number that an option takes. @throws {UsageError} when it is none. */
export function parseCount(text: string, option: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${option} takes a whole number, not '${text}'.`);
}
