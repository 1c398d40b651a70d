/** A request that is answered with an error of the protocol's own, and any error as one. */

import * as z from 'zod';
import { AgentFSError, type ErrorCode } from '../../index.ts';
import { statusOf } from './status.ts';

/** Says to the client why nothing is done, in the words of its protocol. */
export class HttpRefusal extends Error {
  readonly status: number;
  /** Further fields of the answer. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/**
 * An error as a refusal; what nobody has foreseen says nothing.
 *
 * @param statuses - of errors that mean something else in this protocol than elsewhere.
 */
export function refusalOf(
  error: unknown,
  statuses: Readonly<Partial<Record<ErrorCode, number>>> = {},
): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  if (error instanceof z.ZodError) return new HttpRefusal(400, issuesOf(error));
  const isOurs = error instanceof AgentFSError;
  const status = isOurs ? (statuses[error.code] ?? statusOf(error)) : 500;
  return new HttpRefusal(status, isOurs && status !== 500 ? error.message : INTERNAL);
}

const INTERNAL = 'Internal server error';

function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
}
