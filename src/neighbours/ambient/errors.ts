/** What the client of Ambient throws. */

import { type HttpAnswer, isRecord } from '../http.ts';

/** The base of the others, and what the server says no with for all other reasons. */
export class AmbientAPIError extends Error {
  /** Such as 400 for a missing project; `undefined` if there was no answer. */
  readonly statusCode: number | undefined;
  /** What the server said, parsed if it is JSON, or else as text. */
  readonly body: unknown;

  constructor(message: string, fields: { statusCode?: number; body?: unknown; cause?: unknown }) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = new.target.name;
    this.statusCode = fields.statusCode;
    this.body = fields.body;
  }
}

/** 401: the token is missing, unknown or expired. */
export class AuthenticationError extends AmbientAPIError {}

/** 404: there is no such session in this project. */
export class SessionNotFoundError extends AmbientAPIError {}

/** The server cannot be reached, or took too long. */
export class AmbientConnectionError extends AmbientAPIError {}

/** `waitForCompletion` has waited as long as it was told to; the session goes on. */
export class TimeoutError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** The error that an answer stands for. */
export function errorOf({ status, text, json }: HttpAnswer): AmbientAPIError {
  const body = json ?? text;
  const said = textOf(body);
  const fields = { statusCode: status, body };
  if (status === 401) return new AuthenticationError(said, fields);
  if (status === 404) return new SessionNotFoundError(said, fields);
  return new AmbientAPIError(`API error (${status}): ${said}`, fields);
}

function textOf(body: unknown): string {
  if (!isRecord(body)) return (typeof body === 'string' && body.slice(0, 200)) || 'no reason given';
  const { error, message, reason } = body;
  // Newer servers say `reason`, and a number for `error`.
  const said = [error, message, reason].find((each) => typeof each === 'string' && each !== '');
  return typeof said === 'string' ? said : JSON.stringify(body).slice(0, 200);
}
