/** One message of the log as a line of JSON: bounded, in a fixed order, without secrets. */

import { isSecretName, type Redact } from './redact.ts';

/** The importance of a message, the most important first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;

/** The importance of a message. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One message. */
export interface LogMessage {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const MAX_TEXT_LENGTH = 2000;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;

/** `{"time":"...","level":"warn","message":"...",...}` and the end of the line. */
export function formatLine({ time, level, message, details }: LogMessage, redact: Redact): string {
  const fixed = { time: new Date(time).toISOString(), level, message: shorten(redact(message)) };
  // The fixed fields come first, and no detail of the same name can pass for one.
  return `${JSON.stringify(Object.assign({}, fixed, plainOf(details, redact, 0), fixed))}\n`;
}

/** A copy that JSON can hold, whatever the value is. */
function plainOf(value: unknown, redact: Redact, depth: number): unknown {
  if (typeof value === 'string') return shorten(redact(value));
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  // Content of files has no place in a log.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `${value.byteLength} bytes`;
  if (depth >= MAX_DEPTH) return '...';
  if (value instanceof Error) return plainError(value, redact, depth);
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((item) => plainOf(item, redact, depth + 1) ?? null);
  }
  return plainObject(Object.entries(value), redact, depth);
}

function plainError(error: Error, redact: Redact, depth: number): unknown {
  const { name, message, cause } = error;
  const fields = ['code', 'path', 'hint', 'details'].map((field): [string, unknown] => [
    field,
    Reflect.get(error, field),
  ]);
  return plainObject(
    [['name', name], ['message', message], ...fields, ['cause', cause]],
    redact,
    depth,
  );
}

function plainObject(
  entries: readonly (readonly [string, unknown])[],
  redact: Redact,
  depth: number,
): Record<string, unknown> {
  const kept = entries.filter(([, value]) => value !== undefined).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      isSecretName(name) ? '[redacted]' : plainOf(value, redact, depth + 1),
    ]),
  );
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}...`;
}
