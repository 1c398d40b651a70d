/** Mistakes of who types, and the one table from the code of an error to the exit status. */

import type { ErrorCode } from '../index.ts';
import { Interrupted } from './interrupts.ts';

/** The arguments do not make sense, or not here; found before the library is asked. */
export class UsageError extends Error {
  readonly code: 'USAGE' | 'NOT_INITIALISED' | 'NOT_CONFIRMED';
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, code: UsageError['code'] = 'USAGE') {
    super(message);
    this.name = 'UsageError';
    this.code = code;
    this.hint = hint;
  }
}

/** @throws {UsageError} when more than one of these is given; keys are what was typed. */
export function requireAtMostOne(given: Readonly<Record<string, unknown>>): void {
  const [one, other] = Object.keys(given).filter((name) => given[name] !== undefined);
  if (other === undefined) return;
  throw new UsageError(`${one} and ${other} cannot be used together.`, 'Leave one of them out.');
}

/** The exit statuses by what they mean. */
export const EXIT = {
  success: 0,
  failure: 1,
  usage: 2,
  workspaceNotFound: 3,
  permissionDenied: 4,
  network: 5,
  syncConflict: 6,
  commandFailed: 10,
  /** Of `run`, as of docker and env, whose other statuses are those of the command. */
  timedOut: 124,
  notRun: 125,
  notExecutable: 126,
  notFound: 127,
} as const;

/** Codes that stand for something else than a general failure. */
const STATUS_BY_CODE: Readonly<Partial<Record<ErrorCode | UsageError['code'], number>>> = {
  USAGE: EXIT.usage,
  INVALID_ARGUMENT: EXIT.usage,
  INVALID_NAME: EXIT.usage,
  INVALID_PATH: EXIT.usage,
  INVALID_PATTERN: EXIT.usage,
  BLANK_MESSAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  REMOTE_URL: EXIT.usage,
  NOT_A_TERMINAL: EXIT.usage,
  WORKSPACE_NOT_FOUND: EXIT.workspaceNotFound,
  READ_ONLY: EXIT.permissionDenied,
  PERMISSION_DENIED: EXIT.permissionDenied,
  WORKSPACE_EXPIRED: EXIT.permissionDenied,
  WORKSPACE_FROZEN: EXIT.permissionDenied,
  BASE_READ_ONLY: EXIT.permissionDenied,
  STORE_READ_ONLY: EXIT.permissionDenied,
  STORE_UNSAFE: EXIT.permissionDenied,
  NOT_TRUSTED: EXIT.permissionDenied,
  EACCES: EXIT.permissionDenied,
  COMMAND_FAILED: EXIT.commandFailed,
  COMMAND_TIMEOUT: EXIT.commandFailed,
  REMOTE_NOT_FOUND: EXIT.network,
  REMOTE_UNREACHABLE: EXIT.network,
  REMOTE_BUSY: EXIT.network,
  REMOTE_TIMEOUT: EXIT.network,
  REMOTE_AUTH: EXIT.network,
  REMOTE_FAILED: EXIT.network,
  SYNC_CONFLICT: EXIT.syncConflict,
  UNRELATED: EXIT.syncConflict,
  HEAD_MOVED: EXIT.syncConflict,
  UNAUTHENTICATED: EXIT.permissionDenied,
};

/** The exit status that an error ends the program with. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitStatus;
  const code = codeOf(error);
  if (code?.startsWith('commander.') === true) return EXIT.usage;
  const statuses: Readonly<Record<string, number | undefined>> = STATUS_BY_CODE;
  return (code === undefined ? undefined : statuses[code]) ?? EXIT.failure;
}

/** The exit status of `run` when an error keeps a command from running, or its changes from staying. */
export function runStatusOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitStatus;
  if (codeOf(error) !== 'COMMAND_NOT_STARTED') return EXIT.notRun;
  const details: unknown = Reflect.get(Object(error), 'details');
  const reason: unknown = Reflect.get(Object(details), 'reason');
  return reason === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable;
}

/** The `code` of an error of any kind. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}
