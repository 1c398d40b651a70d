/** What the client of clawdforge throws. */

import { type HttpAnswer, isRecord } from '../http.ts';

/** The base of everything that a clawdforge server, or the lack of one, makes the client throw. */
export class ForgeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The server never answered: it is down, out of reach, or took too long. Nothing is tried twice. */
export class ForgeTransportError extends ForgeError {}

/** The server answered with an error. */
export class ForgeAPIError extends ForgeError {
  /** Such as 404 for a session of somebody else, 410 for one that is closed, 502 for a failed run. */
  readonly statusCode: number;
  /**
   * What it said: parsed if it is JSON, or else as text. That of a failed run has `error`, `stderr`,
   * `duration_ms` and `stop_reason`.
   */
  readonly body: unknown;

  constructor(statusCode: number, body: unknown) {
    super(`clawdforge answered ${statusCode}: ${summaryOf(body)}`);
    this.statusCode = statusCode;
    this.body = body;
  }
}

/** 401 or 403: mint a new token, or check which addresses this one is allowed from. */
export class ForgeAuthError extends ForgeAPIError {}

/** The error that an answer stands for. */
export function errorOf({ status, text, json }: HttpAnswer): ForgeAPIError {
  const isAuth = status === 401 || status === 403;
  return new (isAuth ? ForgeAuthError : ForgeAPIError)(status, json ?? (text || null));
}

/** Servers say `error`; those on FastAPI `detail`, which may hold the whole body. */
function summaryOf(body: unknown): string {
  if (!isRecord(body)) return typeof body === 'string' ? body.slice(0, 200) : 'no reason given';
  const { error, detail } = body;
  if (typeof error === 'string') return error;
  if (typeof detail === 'string') return detail;
  return isRecord(detail) ? summaryOf(detail) : JSON.stringify(detail ?? body).slice(0, 200);
}
