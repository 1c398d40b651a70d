/**
 * The `fetch` of the libSQL client: ends with the call that it belongs to, takes no more than fits in
 * memory, and turns what fails below SQL into errors that say whether trying again may help.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { ErrorCode } from '../primitives/error-code.ts';
import { errorCode } from '../primitives/errors.ts';
import { SyncError } from './sync-errors.ts';

// Base64 of the largest object, with room: more than that no honest server sends.
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** The signal of the call in whose course the client uses `fetch`; it has no way to pass one on. */
const signals = new AsyncLocalStorage<AbortSignal | undefined>();

type Meaning = readonly [code: ErrorCode, what: string, hint: string];

const CHECK_TOKEN = 'Check the token: it may have expired, or be one for another database.';
const TRY_AGAIN = 'Try again later; nothing was lost.';
const CHECK_ADDRESS = 'Check the address of the database.';

const STATUSES: Readonly<Record<number, Meaning>> = {
  401: ['REMOTE_AUTH', 'does not accept the token', CHECK_TOKEN],
  403: ['REMOTE_AUTH', 'does not allow this with the token', CHECK_TOKEN],
  404: ['REMOTE_FAILED', 'knows no database at this address', CHECK_ADDRESS],
  408: ['REMOTE_TIMEOUT', 'has waited too long', TRY_AGAIN],
  413: ['REMOTE_FAILED', 'takes no requests of this size', 'Raise the limit of the server.'],
  429: ['REMOTE_BUSY', 'asks for fewer requests', TRY_AGAIN],
  504: ['REMOTE_TIMEOUT', 'has waited too long', TRY_AGAIN],
};
const SERVER_FAULT: Meaning = ['REMOTE_BUSY', 'has failed for the moment', TRY_AGAIN];
const OTHER_STATUS: Meaning = ['REMOTE_FAILED', 'does not answer as a database', CHECK_ADDRESS];

/** Calls `action` so that every request it makes ends when the signal is aborted. */
export function withSignal<T>(signal: AbortSignal | undefined, action: () => T): T {
  return signals.run(signal, action);
}

/** A `fetch` whose errors name the remote by `label`. */
export function remoteFetch(label: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const signal = signals.getStore() ?? null;
    try {
      // A redirection could carry the token to somebody else.
      const response = await fetch(request, { signal, redirect: 'manual' });
      const body = await readBody(response, label);
      if (isAnswer(response)) return new Response(body, { headers: response.headers });
      throw statusError(response, label);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw error instanceof SyncError ? error : networkError(error, label);
    }
  };
}

/** Whether it is what the protocol knows; a page in HTML comes from somewhere else. */
function isAnswer({ ok, headers }: Response): boolean {
  return ok && (headers.get('content-type') ?? '').includes('json');
}

async function readBody(response: Response, label: string): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) {
      throw new SyncError('REMOTE_CORRUPT', `${label} answers with more than 32 MiB.`, {
        hint: 'Nothing was taken over. Use another remote.',
        details: { remote: label },
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function statusError({ status, headers }: Response, label: string): SyncError {
  const otherwise = status >= 500 ? SERVER_FAULT : OTHER_STATUS;
  const [code, what, hint] = STATUSES[status] ?? otherwise;
  const retryAfterMs = waitingTime(headers);
  const details = {
    remote: label,
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return new SyncError(code, `${label} ${what} (HTTP status ${status}).`, { hint, details });
}

/** How long the server asks to wait: seconds, or a date by the server's own clock. */
function waitingTime(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const wait = /^\d+$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return wait >= 0 && wait < Number.MAX_SAFE_INTEGER ? wait : undefined;
}

/** `fetch` says only that it failed; the reason is the cause. */
function networkError(error: unknown, label: string): SyncError {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const networkCode = errorCode(reason) ?? '';
  const text = reason instanceof Error ? reason.message : String(reason);
  const [code, what, hint]: Meaning = isTlsCode(networkCode)
    ? ['REMOTE_TLS', 'cannot be trusted', 'Check address, certificate and clock.']
    : ['REMOTE_UNREACHABLE', 'cannot be reached', `${TRY_AGAIN} ${CHECK_ADDRESS}`];
  const details = { remote: label, networkCode };
  return new SyncError(code, `${label} ${what} (${text}).`, { hint, details, cause: error });
}

/** The codes of OpenSSL's verification, and of a server that speaks no TLS. */
function isTlsCode(code: string): boolean {
  return /CERT|ALTNAME|^ERR_SSL|^ERR_TLS|^EPROTO$|^UNABLE_TO_|^HOSTNAME_MISMATCH$/.test(code);
}
