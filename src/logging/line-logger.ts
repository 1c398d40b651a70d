/** A {@link Logger} that hands out its messages as lines of JSON, for whoever collects them. */

import { type Clock, systemClock } from '../primitives/clock.ts';
import type { Logger } from '../primitives/logger.ts';
import { formatLine, LOG_LEVELS, type LogLevel } from './log-line.ts';
import { redactor } from './redact.ts';

/** What is handed out. */
export interface LineLoggerOptions {
  /** The least important messages; `'info'` unless given. */
  readonly level?: LogLevel | undefined;
  /** Texts that are replaced wherever they turn up. */
  readonly secrets?: Iterable<string> | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Makes a logger.
 *
 * @param write - is given each line, with its end; must not throw.
 */
export function lineLogger(
  write: (line: string) => void,
  { level: least = 'info', secrets = [], clock = systemClock }: LineLoggerOptions = {},
): Logger {
  const redact = redactor(secrets);
  const threshold = LOG_LEVELS.indexOf(least);
  const to =
    (level: LogLevel): Logger['info'] =>
    (message, details = {}) => {
      if (LOG_LEVELS.indexOf(level) > threshold) return;
      write(formatLine({ time: clock.now(), level, message, details }, redact));
    };
  return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
}
