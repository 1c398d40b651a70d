/** Where the library says what it does: passed in by the caller, silent by default. */

/** Receives messages of the library; the console and most loggers have this shape. */
export interface Logger {
  /** For somebody who is looking for a fault. */
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** What happened in normal operation. */
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** Something has no effect, or was mended. */
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** Something failed that no caller was waiting for. */
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Drops every message. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
};

function ignore(): void {}
