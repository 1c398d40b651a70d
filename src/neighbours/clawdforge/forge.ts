/** The client of a clawdforge server for apps: runs, files and sessions. */

import { type CallOptions, type ForgeAddress, ForgeConnection, type Sent } from './connection.ts';
import {
  checkPrompt,
  getSession,
  Session,
  type SessionOptions,
  type SessionState,
  sessionState,
  type Timeouts,
} from './session.ts';
import {
  type FileToken,
  fileToken,
  type Uploadable,
  type UploadOptions,
  uploadCall,
} from './upload.ts';

/** Which server, in whose name, and what holds for calls that say nothing else. */
export interface ForgeOptions extends ForgeAddress {
  /** Default `sonnet`. */
  readonly defaultModel?: string;
  /** Seconds that a run or turn may take; default 120. */
  readonly defaultTimeoutSecs?: number;
  /**
   * Seconds that the client waits for an answer longer than the server waits for its agent, lest it
   * gives up work that is being done for it; default 30.
   */
  readonly httpTimeoutMargin?: number;
}

/** One run. */
export interface RunOptions extends CallOptions {
  readonly prompt: string;
  readonly model?: string;
  readonly system?: string;
  /** File tokens of `uploadFile`. */
  readonly files?: readonly string[];
  /** Seconds, 5 to 600. */
  readonly timeoutSecs?: number;
}

/** What came of a run. */
export interface RunResult {
  readonly ok: boolean;
  /** Parsed, if the model answered with JSON, or else the text. */
  readonly result: unknown;
  readonly durationMs: number;
  /** `end_turn`, `timeout`, `error`, ... */
  readonly stopReason: string | null;
}

/** Whether the server is well, and whatever else a newer server says of itself. */
export interface Health extends Sent {
  readonly ok: boolean;
  readonly claudePresent: boolean;
  readonly claudeVersion: string | null;
}

/**
 * Speaks to a clawdforge server, which may be `agentfs serve --forge`. Nothing is tried twice: a run
 * costs tokens and time, and only the caller knows whether it may happen again.
 *
 * @example
 * const forge = new Forge({ baseUrl: 'http://127.0.0.1:8800', token: 'cf_...' });
 * const { result } = await forge.run({ prompt: 'Reply with JSON: {"hello": "world"}' });
 */
export class Forge {
  readonly defaultModel: string;
  readonly #connection: ForgeConnection;
  readonly #timeouts: Timeouts;

  /** @throws {RangeError} if the address is none of HTTP, or the token cannot be one. */
  constructor(options: ForgeOptions) {
    const { defaultTimeoutSecs = 120, httpTimeoutMargin = 30 } = options;
    this.defaultModel = options.defaultModel ?? 'sonnet';
    this.#connection = new ForgeConnection(options);
    this.#timeouts = {
      defaultSecs: defaultTimeoutSecs,
      of: (timeoutSecs = 0) => (timeoutSecs + httpTimeoutMargin) * 1000,
    };
  }

  /** Whether the server is well. */
  async healthz({ signal }: CallOptions = {}): Promise<Health> {
    const timeout = this.#timeouts.of();
    return (await this.#connection.call({
      ...{ method: 'GET', path: '/healthz', timeout, signal },
    })) as Health;
  }

  /**
   * Asks once, without a session.
   *
   * @throws {RangeError} for an empty prompt; {ForgeAPIError} with status 502 and `error`, `stderr`,
   *   `duration_ms`, `stop_reason` in its body, when the agent fails; {ForgeTransportError}.
   */
  async run(options: RunOptions): Promise<RunResult> {
    const { model = this.defaultModel, system, files, signal } = options;
    const { timeoutSecs = this.#timeouts.defaultSecs } = options;
    const sent = await this.#connection.call({
      method: 'POST',
      path: '/run',
      json: {
        prompt: checkPrompt(options.prompt),
        model,
        ...(system === undefined ? {} : { system }),
        ...(files === undefined ? {} : { files }),
        timeout_secs: timeoutSecs,
      },
      timeout: this.#timeouts.of(timeoutSecs),
      signal,
    });
    const { ok, result, durationMs = 0, stopReason = null } = sent as Partial<RunResult>;
    return { ok: ok === true, result, durationMs, stopReason };
  }

  /**
   * Sends a file; its token names it in `files`. Content that comes in pieces is put together first.
   *
   * @throws what reading the file throws; {ForgeAPIError} with status 400 for a `ttlSecs` out of range.
   */
  async uploadFile(source: Uploadable, options: UploadOptions = {}): Promise<FileToken> {
    const call = await uploadCall(source, options, this.#timeouts.of(this.#timeouts.defaultSecs));
    return fileToken(await this.#connection.call(call));
  }

  /** Runs `work` with a session of its own, and closes that, also when `work` throws. */
  async session<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.createSession(options);
    let result: T;
    try {
      result = await work(session);
    } catch (error) {
      // What went wrong in it says more than that it could not be closed either.
      await session.close().catch(() => undefined);
      throw error;
    }
    await session.close();
    return result;
  }

  /** Makes a session; closing it is up to the caller, by `close` or `await using`. */
  async createSession(options: SessionOptions = {}): Promise<Session> {
    const { agent = 'claude', meta, model, signal } = options;
    const sent = await this.#connection.call({
      method: 'POST',
      path: '/sessions',
      json: {
        agent,
        ...(meta === undefined ? {} : { meta }),
        ...(model === undefined ? {} : { model }),
      },
      timeout: this.#timeouts.of(),
      signal,
    });
    return new Session(this.#connection, this.#timeouts, sessionState(sent));
  }

  /** The sessions of this token, newest first; closed ones too, unless told otherwise. */
  async listSessions(
    options: CallOptions & { readonly includeClosed?: boolean } = {},
  ): Promise<SessionState[]> {
    const { includeClosed = true, signal } = options;
    const path = includeClosed ? '/sessions' : '/sessions?include_closed=false';
    const timeout = this.#timeouts.of();
    const rows = await this.#connection.list('sessions', { method: 'GET', path, timeout, signal });
    return rows.map(sessionState);
  }

  /** @throws {ForgeAPIError} with status 404 for an id that is unknown or of another token. */
  async getSession(sessionId: string, options: CallOptions = {}): Promise<SessionState> {
    return getSession(this.#connection, this.#timeouts, sessionId, options);
  }

  /** Ends the client's connections, not its sessions. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
