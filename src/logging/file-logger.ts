/** A {@link Logger} that writes to a file what is important enough, as lines of JSON. */

import { type Clock, systemClock } from '../primitives/clock.ts';
import { wrongValue } from '../primitives/errors.ts';
import type { Logger } from '../primitives/logger.ts';
import { LogFile } from './log-file.ts';
import { formatLine, LOG_LEVELS, type LogLevel } from './log-line.ts';
import { redactor } from './redact.ts';

type Details = Readonly<Record<string, unknown>>;

/** What a log is made of. */
export interface FileLoggerOptions {
  /** The least important messages that are written; `'info'` unless given. */
  readonly level?: LogLevel | undefined;
  /** Bytes at which the file rolls; 100 MiB unless given. */
  readonly maxBytes?: number | undefined;
  /** Rolled files that are kept; 5 unless given. */
  readonly maxFiles?: number | undefined;
  /** Texts that are replaced wherever they turn up. */
  readonly secrets?: Iterable<string> | undefined;
  /** What every line says besides its message, such as the command. */
  readonly context?: Details | undefined;
  /** Hears once that nothing can be written, and why: a log must not stop what it tells of. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** Writes to one file, from any number of processes; the rolled files lie beside it. */
export class FileLogger implements Logger, Disposable {
  readonly #options: FileLoggerOptions;
  readonly #clock: Clock;
  readonly #threshold: number;
  readonly #redact: (text: string) => string;
  #file: LogFile | undefined;
  #failed = false;

  /**
   * Opens the file, or makes it, with its directory, for the owner only.
   *
   * @throws {RangeError} INVALID_ARGUMENT when there is no such level.
   */
  constructor(path: string, options: FileLoggerOptions = {}) {
    const { level = 'info', maxBytes = 100 * 1024 * 1024, maxFiles = 5 } = options;
    this.#threshold = LOG_LEVELS.indexOf(level);
    if (this.#threshold < 0) throw wrongValue('level', `one of ${LOG_LEVELS.join(', ')}`, level);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#redact = redactor(options.secrets ?? []);
    this.#attempt(() => {
      this.#file = new LogFile(path, { maxBytes, maxFiles }, () => this.#clock.now());
    });
  }

  debug(message: string, details?: Details): void {
    this.#log('debug', message, details);
  }

  info(message: string, details?: Details): void {
    this.#log('info', message, details);
  }

  warn(message: string, details?: Details): void {
    this.#log('warn', message, details);
  }

  error(message: string, details?: Details): void {
    this.#log('error', message, details);
  }

  /** Closes the file; what is logged afterwards is dropped. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #log(level: LogLevel, message: string, details: Details = {}): void {
    const file = this.#file;
    if (file === undefined || LOG_LEVELS.indexOf(level) > this.#threshold) return;
    const all = { pid: process.pid, ...this.#options.context, ...details };
    this.#attempt(() => {
      file.append(
        formatLine({ time: this.#clock.now(), level, message, details: all }, this.#redact),
      );
    });
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!this.#failed) this.#options.onFailure?.(error);
      this.#failed = true;
    }
  }
}
