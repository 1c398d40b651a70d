/** The client of the Ambient platform. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConnectionPool,
  checkHeaderValue,
  type HttpCall,
  HttpServer,
  isRecord,
  pathSegment,
  UnansweredError,
} from '../http.ts';
import { AmbientConnectionError, errorOf, TimeoutError } from './errors.ts';
import {
  type CreatedSession,
  type CreateSessionRequest,
  checkProject,
  checkRequest,
  type Session,
  type SessionList,
  SessionStatus,
  sessionListOf,
  sessionOf,
} from './session.ts';

/** Which platform, and in whose name. */
export interface AmbientOptions {
  /** Such as `https://your-platform.example.com`. */
  readonly baseUrl: string;
  /** A bearer token. */
  readonly token: string;
  /** The namespace, sent as `X-Ambient-Project`. */
  readonly project: string;
  /** Milliseconds for one request; default 30,000. */
  readonly timeout?: number;
  /** A pool of connections to share among several clients; it is then left open by `close`. */
  readonly agent?: ConnectionPool;
}

/** What every call takes. */
export interface CallOptions {
  /** Gives up the call, not the session. */
  readonly signal?: AbortSignal;
}

/** How to wait. */
export interface WaitOptions extends CallOptions {
  /** Milliseconds from one look to the next; default 5,000. */
  readonly pollInterval?: number;
  /** Milliseconds; default: for ever. */
  readonly timeout?: number;
}

const DEFAULT_URL = 'http://localhost:8080';

/**
 * Speaks to an Ambient platform, which may be `agentfs serve --ambient`.
 *
 * @example
 * using client = AmbientClient.fromEnv();
 * const { id } = await client.createSession({ task: 'Review this code for security issues' });
 * const { status, result } = await client.waitForCompletion(id, { timeout: 300_000 });
 */
export class AmbientClient {
  readonly #server: HttpServer;
  readonly #timeout: number;

  /** @throws {TypeError} or {RangeError} if an option cannot be what it is said to be. */
  constructor(options: AmbientOptions) {
    const { baseUrl, timeout = 30_000, agent: pool } = options;
    const headers = {
      Authorization: `Bearer ${checkHeaderValue('token', options.token)}`,
      'X-Ambient-Project': checkProject(options.project),
    };
    this.#server = new HttpServer({ baseUrl, headers, pool });
    this.#timeout = timeout;
  }

  /**
   * A client by the variables AMBIENT_API_URL (default http://localhost:8080), AMBIENT_TOKEN and
   * AMBIENT_PROJECT; `options` go before them.
   *
   * @throws {RangeError} that names the variable that is missing.
   */
  static fromEnv(
    options: Partial<AmbientOptions> = {},
    env: Readonly<Record<string, string | undefined>> = process.env,
  ): AmbientClient {
    return new AmbientClient({
      ...options,
      baseUrl: options.baseUrl ?? (env['AMBIENT_API_URL'] || DEFAULT_URL),
      token: options.token ?? required(env, 'AMBIENT_TOKEN'),
      project: options.project ?? required(env, 'AMBIENT_PROJECT'),
    });
  }

  /**
   * Makes a session; its agent begins by itself.
   *
   * @throws {TypeError} or {RangeError} for a request that cannot be right, before it is sent.
   */
  async createSession(
    request: CreateSessionRequest,
    { signal }: CallOptions = {},
  ): Promise<CreatedSession> {
    const json = checkRequest(request);
    const { id, message = '' } = await this.#call({
      ...{ method: 'POST', path: '/v1/sessions', json, timeout: this.#timeout, signal },
    });
    return { id: String(id), message: String(message) };
  }

  /** @throws {SessionNotFoundError} if the project has no such session. */
  async getSession(id: string, { signal }: CallOptions = {}): Promise<Session> {
    const path = `/v1/sessions/${pathSegment('session id', id)}`;
    return sessionOf(await this.#call({ method: 'GET', path, timeout: this.#timeout, signal }));
  }

  /** The sessions of the project. */
  async listSessions({ signal }: CallOptions = {}): Promise<SessionList> {
    const timeout = this.#timeout;
    return sessionListOf(
      await this.#call({ method: 'GET', path: '/v1/sessions', timeout, signal }),
    );
  }

  /** @throws {SessionNotFoundError} if the project has no such session. */
  async deleteSession(id: string, { signal }: CallOptions = {}): Promise<void> {
    const path = `/v1/sessions/${pathSegment('session id', id)}`;
    await this.#send({ method: 'DELETE', path, timeout: this.#timeout, signal });
  }

  /**
   * Looks at a session until it has completed or failed.
   *
   * @throws {TimeoutError} when `timeout` is over; {SessionNotFoundError}; what a look throws.
   */
  async waitForCompletion(id: string, options: WaitOptions = {}): Promise<Session> {
    const { pollInterval = 5000, timeout = Number.POSITIVE_INFINITY, signal } = options;
    const end = performance.now() + timeout;
    for (;;) {
      const session = await this.getSession(id, options);
      if (isOver(session)) return session;
      const left = end - performance.now();
      if (left <= 0) {
        const seconds = timeout / 1000;
        throw new TimeoutError(
          `Session ${id} is still ${session.status} after ${seconds} seconds.`,
        );
      }
      await sleep(Math.min(pollInterval, left), undefined, signal === undefined ? {} : { signal });
    }
  }

  /** Ends the client's connections. */
  close(): void {
    this.#server.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #call(call: HttpCall): Promise<Record<string, unknown>> {
    const answer = await this.#send(call);
    if (!isRecord(answer.json)) throw errorOf(answer);
    return answer.json;
  }

  async #send(call: HttpCall): ReturnType<HttpServer['send']> {
    const answer = await this.#server.send(call).catch((error: unknown) => {
      if (!(error instanceof UnansweredError)) throw error;
      const message = `Failed to connect to API: ${error.message}`;
      throw new AmbientConnectionError(message, { cause: error.cause });
    });
    if (answer.status >= 300) throw errorOf(answer);
    return answer;
  }
}

function isOver({ status }: Session): boolean {
  return status === SessionStatus.Completed || status === SessionStatus.Failed;
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new RangeError(`${name} environment variable is required`);
}
