/** What clients of Ambient are told when something cannot be done: `error`, and nothing else. */

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as z from 'zod';
import { AgentFSError, type ErrorCode } from '../../index.ts';

/** A request that is answered with an error of the protocol's own. */
export class AmbientRefusal extends Error {
  readonly status: ContentfulStatusCode;

  constructor(status: ContentfulStatusCode, message: string) {
    super(message);
    this.status = status;
  }
}

/** Errors that a client can do something about; all others are the daemon's own affair. */
const STATUS: Readonly<Partial<Record<ErrorCode, ContentfulStatusCode>>> = {
  PERMISSION_DENIED: 403,
  RATE_LIMITED: 429,
  LIMIT_REACHED: 503,
  CLOSED: 503,
};

/** Answers with an error. */
export function answerError(error: unknown, c: Context): Response {
  if (error instanceof AmbientRefusal) return c.json({ error: error.message }, error.status);
  if (error instanceof z.ZodError) return c.json({ error: issuesOf(error) }, 400);
  if (!(error instanceof AgentFSError)) return c.json({ error: 'Internal server error' }, 500);
  const { code, message, details } = error;
  if (code === 'UNAUTHENTICATED') {
    return c.json({ error: 'Missing or invalid authorization' }, 401);
  }
  if (code === 'RATE_LIMITED') {
    const seconds = Math.max(1, Math.ceil(Number(details?.['retryAfterMs'] ?? 0) / 1000));
    c.header('Retry-After', String(seconds));
    return c.json({ error: 'Rate limit exceeded', retry_after: `${seconds}s` }, 429);
  }
  const status = STATUS[code];
  if (status === undefined) return c.json({ error: 'Internal server error' }, 500);
  return c.json({ error: message }, status);
}

/** Whether an error is the daemon's own fault, and for its log. */
export function isUnexpected(error: unknown): boolean {
  if (error instanceof AmbientRefusal || error instanceof z.ZodError) return false;
  if (!(error instanceof AgentFSError)) return true;
  return error.code !== 'UNAUTHENTICATED' && STATUS[error.code] === undefined;
}

function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
}
