/**
 * Where the library's messages go: those that people must know of to standard error, as words, and
 * all that `logging.*` asks for to the log file.
 */

import { resolve } from 'node:path';
import { type Config, FileLogger, type Logger, secretsOf } from '../index.ts';
import type { Globals } from './globals.ts';
import type { Output } from './output.ts';
import { inJson, oneLine } from './visible.ts';

const MEGABYTE = 1024 * 1024;

const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'];

/** What the log depends on. */
export interface LogRequest {
  readonly config: Config;
  readonly base: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly globals: Globals;
  /** What every line says besides its message. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** A log that is to be closed. */
export interface Log extends Logger {
  close(): void;
}

/** Opens the log file, if there is to be one; one that cannot be written is told of, and no more. */
export function openLog(request: LogRequest): Log {
  const file = openFile(request);
  const say = speaker(request, file !== undefined);
  return {
    debug: (message, details) => [say('debug', message, details), file?.debug(message, details)],
    info: (message, details) => [say('info', message, details), file?.info(message, details)],
    warn: (message, details) => [say('warn', message, details), file?.warn(message, details)],
    error: (message, details) => [say('error', message, details), file?.error(message, details)],
    close: () => file?.close(),
  };
}

function openFile({ config, base, env, output, context }: LogRequest): FileLogger | undefined {
  const path = config.get('logging.log_file');
  if (path === undefined) return undefined;
  const token = config.get('sync.turso.token');
  return new FileLogger(resolve(base, path), {
    level: config.get('logging.level'),
    maxBytes: config.get('logging.max_log_size_mb') * MEGABYTE,
    maxFiles: config.get('logging.max_log_files'),
    secrets: [...secretsOf(env), ...(token === undefined ? [] : [token])],
    context,
    onFailure: (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      output.complain(`warning: Cannot write to the log file ${path}: ${reason}.`);
    },
  });
}

/** Says warnings and errors, and more with `--verbose` or, without a log file, as configured. */
function speaker(
  { config, output, globals }: LogRequest,
  hasFile: boolean,
): (level: string, message: string, details?: Readonly<Record<string, unknown>>) => void {
  const isChosen = !hasFile && config.source('logging.level') !== 'default';
  const chosen = isChosen ? config.get('logging.level') : 'warn';
  const threshold = LEVELS.indexOf(globals.verbose ? 'debug' : chosen);
  return (level, message, { path, error } = {}) => {
    if (LEVELS.indexOf(level) > threshold) return;
    const place =
      typeof path === 'string' && path !== '' ? `${inJson(JSON.stringify(path))}: ` : '';
    const reason = error instanceof Error ? ` (${oneLine(error.message)})` : '';
    output.complain(
      `${level === 'warn' ? 'warning' : level}: ${place}${oneLine(message)}${reason}`,
    );
  };
}
