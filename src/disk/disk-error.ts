/** Turns what the operating system says about a path into the errors of agentfs. */

import type { ErrorCode } from '../primitives/error-code.ts';
import {
  AgentFSError,
  errorCode,
  FileNotFoundError,
  FileSystemError,
  StorageError,
} from '../primitives/errors.ts';

const PATH_CODES = new Map<string, ErrorCode>([
  ['EEXIST', 'EEXIST'],
  ['ENOTDIR', 'ENOTDIR'],
  ['EISDIR', 'EISDIR'],
  ['ENOTEMPTY', 'ENOTEMPTY'],
  ['EACCES', 'EACCES'],
  ['EPERM', 'EACCES'],
  ['ELOOP', 'ELOOP'],
  ['EINVAL', 'EINVAL'],
]);

const DISK_CODES = new Map<string, ErrorCode>([
  ['ENOSPC', 'STORE_FULL'],
  ['EDQUOT', 'STORE_FULL'],
  ['EROFS', 'BASE_READ_ONLY'],
]);

/**
 * The typed error for a failed system call. Ours, and errors of the program, come back as they are;
 * the original is kept as `cause`, since its message names a path under `/proc`.
 *
 * @param path - the path as the caller knows it.
 * @param action - what was tried, such as `rename`.
 */
export function diskError(error: unknown, path: string, action: string): Error {
  if (error instanceof AgentFSError) return error;
  const code = errorCode(error);
  // Not from the operating system, so not about the path.
  if (code === undefined && error instanceof Error) return error;
  if (code === 'ENOENT') return new FileNotFoundError(path, { cause: error });
  const message = `${code ?? 'EIO'}: could not ${action} '${path}'`;
  const pathCode = PATH_CODES.get(code ?? '');
  if (pathCode !== undefined) {
    return new FileSystemError(pathCode, message, { path, cause: error, hint: hintOf(pathCode) });
  }
  return new StorageError(DISK_CODES.get(code ?? '') ?? 'STORE_IO', message, {
    path,
    cause: error,
    hint: 'Check the disk that holds the directory, then try again.',
  });
}

/** The code that the operating system gave, also from below an error of {@link diskError}. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof AgentFSError && error.cause !== undefined
    ? errorCode(error.cause)
    : errorCode(error);
}

function hintOf(code: ErrorCode): string {
  return code === 'EACCES'
    ? 'Check the permissions of the path and of the directories above it.'
    : 'Check what lies at the path, then try again.';
}
