/** Errors as node:fs throws them: with the system's code and number, the call and the path. */

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { ErrorCode } from '../../primitives/error-code.ts';
import { AgentFSError, FileSystemError, InvalidPathError } from '../../primitives/errors.ts';

/** A call of `fs` or of a file handle failed; `cause` is what the workspace itself says. */
export class SystemCallError extends FileSystemError {
  /** The negative number that the system has for `code`. */
  readonly errno: number;
  /** The call that failed, such as `open`. */
  readonly syscall: string;
  /** The second path of calls with two. */
  readonly dest?: string;

  constructor(code: SystemCode, call: SystemCall, cause?: AgentFSError) {
    const errno = -(constants.errno[code] ?? 0);
    const words = getSystemErrorMap().get(errno)?.[1] ?? 'failed';
    const where = call.path === undefined ? '' : ` '${call.path}'`;
    const to = call.dest === undefined ? '' : ` -> '${call.dest}'`;
    super(code, `${code}: ${words}, ${call.syscall}${where}${to}`, {
      path: call.path,
      hint: cause?.hint ?? HINTS[code],
      cause,
    });
    this.errno = errno;
    this.syscall = call.syscall;
    if (call.dest !== undefined) this.dest = call.dest;
  }
}

/** A call, and the paths that it was given. */
export interface SystemCall {
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
  /** Whether it makes or changes something at the path. */
  readonly changes?: boolean;
}

type SystemCode = Exclude<Extract<ErrorCode, `E${string}`>, `${string}_${string}`>;

const HINTS: Readonly<Partial<Record<SystemCode, string>>> = {
  EBADF: 'Open the file again, with flags for what is to be done.',
  ENOTDIR: 'Choose a directory.',
  EISDIR: 'Choose a file, or use rm() with recursive for a directory.',
  ELOOP: 'Open what the link points to.',
};

const CODES: ReadonlyMap<ErrorCode, SystemCode> = new Map([
  ['READ_ONLY', 'EROFS'],
  ['WORKSPACE_FROZEN', 'EROFS'],
  ['WORKSPACE_EXPIRED', 'EROFS'],
  ['STORE_READ_ONLY', 'EROFS'],
  ['PERMISSION_DENIED', 'EACCES'],
  ['STORE_FULL', 'ENOSPC'],
  ['STORE_IO', 'EIO'],
  ['OBJECT_CORRUPT', 'EIO'],
  ['OBJECT_MISSING', 'EIO'],
]);

/**
 * Calls `action`, and has its errors as node:fs would throw them: READ_ONLY is `EROFS`, STORE_FULL
 * `ENOSPC`. A name that no workspace can hold is not there (`ENOENT`) and cannot be made (`EPERM`).
 * What has no such code, a closed store for one, comes as it is.
 */
export function asSystemCall<T>(call: SystemCall, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw systemError(call, error);
  }
}

/** The same for what takes its time. */
export async function asSystemCallLater<T>(call: SystemCall, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw systemError(call, error);
  }
}

/** An error as node:fs would throw it, where it has one for it. */
export function systemError(call: SystemCall, error: unknown): unknown {
  if (!(error instanceof AgentFSError) || error instanceof SystemCallError) return error;
  const code = codeFor(error, call);
  return code === undefined ? error : new SystemCallError(code, call, error);
}

function codeFor(error: AgentFSError, call: SystemCall): SystemCode | undefined {
  if (error instanceof InvalidPathError) return call.changes === true ? 'EPERM' : 'ENOENT';
  const code = CODES.get(error.code);
  if (code !== undefined) return code;
  return error instanceof FileSystemError && isSystemCode(error.code) ? error.code : undefined;
}

function isSystemCode(code: ErrorCode): code is SystemCode {
  return code in constants.errno;
}
