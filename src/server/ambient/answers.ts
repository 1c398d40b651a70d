/** What clients of Ambient are told when something cannot be done: `error`, and nothing else. */

import * as z from 'zod';
import { AgentFSError } from '../../index.ts';
import { headersOf, statusOf } from '../http/status.ts';

/** A request that is answered with an error of the protocol's own. */
export class AmbientRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An error as an answer; what nobody has foreseen says nothing. */
export function refusalOf(error: unknown): AmbientRefusal {
  if (error instanceof AmbientRefusal) return error;
  if (error instanceof z.ZodError) return new AmbientRefusal(400, issuesOf(error));
  const status = error instanceof AgentFSError ? statusOf(error) : 500;
  if (status === 401) return new AmbientRefusal(401, 'Missing or invalid authorization');
  if (status === 429) return new AmbientRefusal(429, 'Rate limit exceeded');
  if (status === 500 || !(error instanceof AgentFSError)) {
    return new AmbientRefusal(500, 'Internal server error');
  }
  return new AmbientRefusal(status, error.message);
}

/** The body of an answer that is an error. */
export function errorBody(error: unknown): object {
  const { status, message } = refusalOf(error);
  if (status !== 429) return { error: message };
  return { error: message, retry_after: `${headersOf(error)['Retry-After']}s` };
}

function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
}
