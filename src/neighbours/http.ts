/** One request over HTTP and its whole answer: what the clients of other servers share. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';

/** A pool of connections: of `node:http` for `http:` addresses, of `node:https` for `https:`. */
export type ConnectionPool = HttpAgent | HttpsAgent;

/** Which server, and in whose name. */
export interface ServerAddress {
  /** `http://host:port`, with or without a path; slashes at its end are taken off. */
  readonly baseUrl: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** A pool of connections to share; it is then left open. Default: one of its own. */
  readonly pool?: ConnectionPool | undefined;
}

/** What is asked for. */
export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, encoded, with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Sent as it comes, instead of JSON. */
  readonly body?: { readonly content: Readable; readonly type: string };
  /** Milliseconds from the first byte sent to the last one received; default any number. */
  readonly timeout?: number;
  /** Gives up the request; the promise is then rejected with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What the server said. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** The text as JSON; `undefined` if it is none. */
  readonly json: unknown;
}

/** No whole answer came: the server is not there, too slow, or gone in the middle. */
export class UnansweredError extends Error {}

const MAX_ANSWER_BYTES: number = 256 * 1024 * 1024;

/** Speaks to one server. Nothing is ever sent twice. */
export class HttpServer {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #pool: ConnectionPool;
  readonly #ownsPool: boolean;

  /** @throws {RangeError} if the address is none of HTTP. */
  constructor({ baseUrl, headers, pool }: ServerAddress) {
    this.#base = parseBase(baseUrl);
    this.#headers = headers;
    this.#ownsPool = pool === undefined;
    const isSecure = this.#base.protocol === 'https:';
    this.#pool = pool ?? new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true });
  }

  /**
   * Sends a request.
   *
   * @throws {UnansweredError} when no whole answer comes in time; the reason of `signal`.
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const { signal, timeout } = call;
    signal?.throwIfAborted();
    const deadline = timeout === undefined ? undefined : AbortSignal.timeout(timeout);
    const signals = [deadline, signal].filter((each) => each !== undefined);
    try {
      const response = await this.#exchange(call, AbortSignal.any(signals));
      const text = await textOf(response);
      return { status: response.statusCode ?? 0, text, json: parseJson(text) };
    } catch (error) {
      signal?.throwIfAborted();
      throw new UnansweredError(deadline?.aborted ? slow(timeout) : reasonOf(error), {
        cause: error,
      });
    }
  }

  /** Ends the connections that it opened itself. */
  close(): void {
    if (this.#ownsPool) this.#pool.destroy();
  }

  #exchange(call: HttpCall, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path, json, body } = call;
    const { protocol, hostname, port } = this.#base;
    const content = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    const headers: Record<string, string | number> = { ...this.#headers };
    const type = content === undefined ? body?.type : 'application/json';
    if (type !== undefined) headers['Content-Type'] = type;
    if (content !== undefined) headers['Content-Length'] = content.length;
    const send = protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send({
        ...{ method, headers, signal, agent: this.#pool },
        ...{ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port },
        path: this.#base.pathname.replace(/\/+$/, '') + path,
      });
      // Also after the answer has begun, which a server may give before it has read everything.
      request.on('error', reject);
      request.on('response', resolve);
      if (body === undefined) request.end(content);
      else body.content.on('error', (error) => request.destroy(error)).pipe(request);
    });
  }
}

function parseBase(baseUrl: string): URL {
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new RangeError(`The base URL has to begin with http:// or https://, not '${baseUrl}'.`);
  }
  return base;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES)
      throw new Error(`The answer is longer than ${MAX_ANSWER_BYTES} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function slow(timeout = 0): string {
  return `no answer within ${timeout / 1000} seconds`;
}

function reasonOf(error: unknown): string {
  const { errors, message } = error as { errors?: readonly Error[]; message?: string };
  // One error for each address of a name, and then no message.
  return message || errors?.map((each) => each.message).join(', ') || String(error);
}

/** Whether a value is an object with named fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object of the wire with its own keys in camelCase, and what they hold as it came. */
export function camelCased(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const camel = (key: string): string =>
    key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [camel(key), value]));
}

/**
 * A name as a part of a path.
 *
 * @throws {RangeError} for one that no path can carry.
 */
export function pathSegment(what: string, name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new RangeError(`A ${what} cannot be '${name}'.`);
  }
  return encodeURIComponent(name);
}

/**
 * Checks what goes into a header.
 *
 * @throws {TypeError} if it is no text; {RangeError} if it is empty or has other characters than
 *   those that can be seen.
 */
export function checkHeaderValue(what: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`The ${what} has to be a string.`);
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new RangeError(`The ${what} has to consist of visible ASCII characters without spaces.`);
  }
  return value;
}
