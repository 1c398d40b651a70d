/** What clients of clawdforge are told when something cannot be done: `error` and `detail`, alike. */

import * as z from 'zod';
import { AgentFSError, type ErrorCode } from '../../index.ts';
import { statusOf } from '../http/status.ts';

/** A request that is answered with an error of the protocol's own. */
export class ForgeRefusal extends Error {
  readonly status: number;
  /** Further fields of the answer. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** Errors that mean something else here than elsewhere. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  // Of a session whose workspace or project somebody has taken away.
  WORKSPACE_NOT_FOUND: 410,
  PROJECT_NOT_FOUND: 410,
};

/** An error as an answer; what nobody has foreseen says nothing. */
export function refusalOf(error: unknown): ForgeRefusal {
  if (error instanceof ForgeRefusal) return error;
  if (error instanceof z.ZodError) return new ForgeRefusal(400, issuesOf(error));
  if (!(error instanceof AgentFSError)) return new ForgeRefusal(500, 'Internal server error');
  const status = STATUS[error.code] ?? statusOf(error);
  if (status === 500) return new ForgeRefusal(500, 'Internal server error');
  const { retryAfterMs } = { ...error.details };
  const fields = typeof retryAfterMs === 'number' ? { retry_after: retryAfterMs / 1000 } : {};
  return new ForgeRefusal(status, error.message, fields);
}

/** The body of an answer that is an error. */
export function errorBody(error: unknown): object {
  const { message, fields } = refusalOf(error);
  return { error: message, detail: message, ...fields };
}

function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
}
