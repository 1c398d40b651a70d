/** Who may speak to a server over HTTP, and how much. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostHeaderValidation, originValidation } from '@modelcontextprotocol/node';
import { isLoopback } from '../primitives/loopback.ts';

/** What a server lets in. */
export interface GuardOptions {
  /** The address that it listens on. */
  readonly host: string;
  /** What clients have to name: even what only this machine reaches, commands reach too. */
  readonly token: string;
}

/** Lets a request in, or answers it. */
export type Guard = (request: IncomingMessage, response: ServerResponse) => boolean;

const LOCAL = ['localhost', '127.0.0.1', '[::1]'];
const REQUESTS_A_SECOND = 200;

/**
 * Makes a guard: a browser that was led to a name of this machine is kept out by Host and Origin,
 * others by the token, and whoever asks without end by a bound on requests.
 */
export function guardOf({ host, token }: GuardOptions): Guard {
  const names = isLoopback(host) ? LOCAL : undefined;
  const isHostAllowed = names === undefined ? () => true : hostHeaderValidation(names);
  const isOriginAllowed = originValidation(names ?? [host]);
  const bucket = new TokenBucket(REQUESTS_A_SECOND);
  return (request, response) => {
    if (!isHostAllowed(request, response) || !isOriginAllowed(request, response)) return false;
    if (!isBearer(request.headers.authorization, token)) {
      refuse(response, 401, { 'WWW-Authenticate': 'Bearer realm="agentfs"' });
      return false;
    }
    if (!bucket.take()) {
      refuse(response, 429, { 'Retry-After': '1' });
      return false;
    }
    return true;
  };
}

/** Answers without anything to read. */
export function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, Connection: 'close' }).end();
}

function isBearer(header: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(.+)$/i.exec(header ?? '') ?? [];
  if (given === undefined) return false;
  // Of equal length, so that the time it takes tells nothing.
  return timingSafeEqual(digestOf(given), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Lets so many through a second, and as many at once. */
class TokenBucket {
  readonly #most: number;
  #left: number;
  #filledAt: number = performance.now();

  constructor(perSecond: number) {
    this.#most = perSecond;
    this.#left = perSecond;
  }

  take(): boolean {
    const now = performance.now();
    const gained = ((now - this.#filledAt) / 1000) * this.#most;
    this.#left = Math.min(this.#most, this.#left + gained);
    this.#filledAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
