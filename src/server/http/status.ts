/** The one table from the codes of errors to the statuses of HTTP. */

import type { ErrorCode } from '../../index.ts';
import { reportOf } from '../../operations/error-report.ts';

const BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID_ARGUMENT: 400,
  INVALID_NAME: 400,
  INVALID_PATH: 400,
  INVALID_PATTERN: 400,
  BLANK_MESSAGE: 400,
  EINVAL: 400,
  EISDIR: 400,
  ENOTDIR: 400,
  ELOOP: 400,
  REMOTE_URL: 400,
  ARCHIVE_INVALID: 400,
  ARCHIVE_REFUSED: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  READ_ONLY: 403,
  EACCES: 403,
  NOT_TRUSTED: 403,
  WORKSPACE_FROZEN: 403,
  WORKSPACE_EXPIRED: 403,
  ENOENT: 404,
  WORKSPACE_NOT_FOUND: 404,
  SNAPSHOT_NOT_FOUND: 404,
  COMMIT_NOT_FOUND: 404,
  EXPLORATION_NOT_FOUND: 404,
  PROJECT_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  TOKEN_NOT_FOUND: 404,
  REMOTE_NOT_FOUND: 404,
  NOT_OPEN: 404,
  EEXIST: 409,
  ENOTEMPTY: 409,
  WORKSPACE_EXISTS: 409,
  WORKSPACE_DIRTY: 409,
  WORKSPACE_BUSY: 409,
  SNAPSHOT_EXISTS: 409,
  SNAPSHOT_AMBIGUOUS: 409,
  TOKEN_EXISTS: 409,
  CONFLICT: 409,
  MERGE_CONFLICT: 409,
  NOTHING_TO_COMMIT: 409,
  NOTHING_TO_UNDO: 409,
  NOTHING_TO_REDO: 409,
  HEAD_MOVED: 409,
  SYNC_CONFLICT: 409,
  SYNC_DISABLED: 409,
  EFBIG: 413,
  RATE_LIMITED: 429,
  ABORTED: 499,
  SANDBOX_UNAVAILABLE: 501,
  AGENT_NOT_CONFIGURED: 501,
  REMOTE_UNREACHABLE: 502,
  REMOTE_FAILED: 502,
  REMOTE_AUTH: 502,
  LIMIT_REACHED: 503,
  WORKSPACE_LIMIT: 503,
  CLOSED: 503,
  REMOTE_BUSY: 503,
  REMOTE_TIMEOUT: 504,
  STORE_FULL: 507,
};

/** The status for an error; 500 for what nobody has foreseen. */
export function statusOf(error: unknown): number {
  const statuses: Readonly<Record<string, number | undefined>> = BY_CODE;
  return statuses[reportOf(error).code] ?? 500;
}

/** What goes with an error in the header of its answer. */
export function headersOf(error: unknown): Record<string, string> {
  const { code, details } = reportOf(error);
  if (code === 'UNAUTHENTICATED') return { 'WWW-Authenticate': 'Bearer realm="agentfs"' };
  const wait = code === 'RATE_LIMITED' ? Number(details['retryAfterMs'] ?? 1000) : undefined;
  return wait === undefined ? {} : { 'Retry-After': String(Math.ceil(wait / 1000)) };
}
