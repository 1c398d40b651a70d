/** What clients of clawdforge are told when something cannot be done: `error` and `detail`, alike. */

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as z from 'zod';
import { AgentFSError, type ErrorCode } from '../../index.ts';

/** A request that is answered with an error of the protocol's own. */
export class ForgeRefusal extends Error {
  readonly status: ContentfulStatusCode;
  /** Further fields of the answer. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    status: ContentfulStatusCode,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** Errors that a client can do something about; all others are the daemon's own affair. */
const STATUS: Readonly<Partial<Record<ErrorCode, ContentfulStatusCode>>> = {
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  INVALID_ARGUMENT: 400,
  INVALID_NAME: 400,
  TOKEN_NOT_FOUND: 404,
  TOKEN_EXISTS: 409,
  RATE_LIMITED: 429,
  LIMIT_REACHED: 503,
  WORKSPACE_LIMIT: 503,
  CLOSED: 503,
  // Of a session whose workspace or project somebody has taken away.
  WORKSPACE_NOT_FOUND: 410,
  PROJECT_NOT_FOUND: 410,
};

/** Answers with an error. */
export function answerError(error: unknown, c: Context): Response {
  const { status, message, fields } = refusalOf(error);
  return c.json({ error: message, detail: message, ...fields }, status);
}

/** Whether an error is the daemon's own fault, and for its log. */
export function isUnexpected(error: unknown): boolean {
  return refusalOf(error).status === 500;
}

function refusalOf(error: unknown): ForgeRefusal {
  if (error instanceof ForgeRefusal) return error;
  if (error instanceof z.ZodError) return new ForgeRefusal(400, issuesOf(error));
  const status = error instanceof AgentFSError ? STATUS[error.code] : undefined;
  if (!(error instanceof AgentFSError) || status === undefined) {
    return new ForgeRefusal(500, 'Internal server error');
  }
  const { retryAfterMs } = { ...error.details };
  const fields = typeof retryAfterMs === 'number' ? { retry_after: retryAfterMs / 1000 } : {};
  return new ForgeRefusal(status, error.message, fields);
}

function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
}
