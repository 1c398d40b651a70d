/** What clients of clawdforge are told when something cannot be done: `error` and `detail`, alike. */

import { AgentFSError, type ErrorCode } from '../../index.ts';
import type { ErrorAnswer } from '../http/open-http.ts';
import { refusalOf } from '../http/refusal.ts';

/** Errors that mean something else here than elsewhere. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  // Of a session whose workspace or project somebody has taken away.
  WORKSPACE_NOT_FOUND: 410,
  PROJECT_NOT_FOUND: 410,
};

/** An error as an answer. */
export function answerOf(error: unknown): ErrorAnswer {
  const { status, message, fields } = refusalOf(error, STATUS);
  const { retryAfterMs } = error instanceof AgentFSError ? { ...error.details } : {};
  const retry = typeof retryAfterMs === 'number' ? { retry_after: retryAfterMs / 1000 } : {};
  return { status, body: { error: message, detail: message, ...retry, ...fields } };
}
