/** A conversation of several turns, whose context the server keeps until it is closed. */

import { pathSegment } from '../http.ts';
import type { CallOptions, ForgeConnection, Sent } from './connection.ts';
import { ForgeAPIError } from './errors.ts';

/** With what a session begins. */
export interface SessionOptions extends CallOptions {
  /** Which agent answers; default `claude`. */
  readonly agent?: string;
  /** Anything that the caller wants to find again in the session's state. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Which model answers, on servers that let sessions choose. */
  readonly model?: string;
}

/** One turn. */
export interface TurnOptions extends CallOptions {
  /** File tokens of `uploadFile`. */
  readonly files?: readonly string[];
  /** Seconds that the agent may take, 5 to 600. */
  readonly timeoutSecs?: number;
}

/** A session as the server sees it, and whatever else a newer server says of it. */
export interface SessionState extends Sent {
  readonly sessionId: string;
  readonly agent: string;
  readonly cwd: string;
  readonly createdAt: string | number;
  readonly lastTurnAt: string | number | null;
  readonly turnCount: number;
  readonly closedAt: string | number | null;
  readonly live: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** Something that happened in a turn, as the server sent it. */
export interface TurnEvent {
  /** `text`, `thinking`, `tool_call`, and what newer servers add. */
  readonly type: string;
  readonly [key: string]: unknown;
}

/** What came of a turn. */
export class TurnResult {
  readonly ok: boolean;
  readonly sessionId: string;
  /** Counts from 1, and only upwards. */
  readonly turnIndex: number;
  readonly events: readonly TurnEvent[];
  /** `end_turn`, `timeout`, `error`, ... */
  readonly stopReason: string | null;
  readonly durationMs: number;

  constructor(sent: Sent) {
    const { ok, sessionId, turnIndex, events, stopReason, durationMs } =
      sent as Partial<TurnResult>;
    this.ok = ok === true;
    this.sessionId = sessionId ?? '';
    this.turnIndex = turnIndex ?? 0;
    this.events = events ?? [];
    this.stopReason = stopReason ?? null;
    this.durationMs = durationMs ?? 0;
  }

  /** The model's prose: the content of all events of text, without thoughts and calls of tools. */
  text(): string {
    const texts = this.events.filter(({ type }) => type === 'text');
    return texts.map(({ content }) => (typeof content === 'string' ? content : '')).join('');
  }
}

/** How long calls may take. */
export interface Timeouts {
  /** Seconds of a run or turn whose caller says nothing. */
  readonly defaultSecs: number;
  /** Milliseconds for a call of which the server waits so many seconds for its agent. */
  readonly of: (timeoutSecs?: number) => number;
}

/** A session; `close` it, or declare it with `await using`. */
export class Session {
  readonly sessionId: string;
  /** As it was when it was made. */
  readonly created: SessionState;
  readonly #connection: ForgeConnection;
  readonly #timeouts: Timeouts;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(connection: ForgeConnection, timeouts: Timeouts, created: SessionState) {
    this.#connection = connection;
    this.#timeouts = timeouts;
    this.created = created;
    this.sessionId = created.sessionId;
  }

  /**
   * Asks, and waits for the answer. Turns of one session follow one another. Nothing is tried twice.
   *
   * @throws {RangeError} for an empty prompt; {ForgeAPIError} with status 410 if the session is
   *   closed, 404 if the server does not know it.
   */
  async turn(prompt: string, options: TurnOptions = {}): Promise<TurnResult> {
    const { files, timeoutSecs, signal } = options;
    return new TurnResult(
      await this.#connection.call({
        method: 'POST',
        path: `${this.#path}/turn`,
        json: {
          prompt: checkPrompt(prompt),
          ...(files === undefined ? {} : { files }),
          ...(timeoutSecs === undefined ? {} : { timeout_secs: timeoutSecs }),
        },
        timeout: this.#timeouts.of(timeoutSecs ?? this.#timeouts.defaultSecs),
        signal,
      }),
    );
  }

  /** What the server knows of the session now. */
  async state(options: CallOptions = {}): Promise<SessionState> {
    return getSession(this.#connection, this.#timeouts, this.sessionId, options);
  }

  /** Ends the session. Asks the server once, however often it is called; it may be gone already. */
  async close(): Promise<void> {
    this.#closing ??= this.#delete();
    try {
      await this.#closing;
    } catch (error) {
      this.#closing = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #path(): string {
    return `/sessions/${pathSegment('session id', this.sessionId)}`;
  }

  async #delete(): Promise<void> {
    const call = { method: 'DELETE', path: this.#path, timeout: this.#timeouts.of() } as const;
    await this.#connection.send(call).catch((error: unknown) => {
      const isGone = error instanceof ForgeAPIError && [404, 410].includes(error.statusCode);
      if (!isGone) throw error;
    });
  }
}

/** The state of a session by its id. */
export async function getSession(
  connection: ForgeConnection,
  timeouts: Timeouts,
  sessionId: string,
  { signal }: CallOptions,
): Promise<SessionState> {
  const path = `/sessions/${pathSegment('session id', sessionId)}`;
  return sessionState(
    await connection.call({ method: 'GET', path, timeout: timeouts.of(), signal }),
  );
}

/** A session as it was sent. */
export function sessionState(sent: Sent): SessionState {
  return sent as SessionState;
}

/** @throws {TypeError} if it is no text; {RangeError} if it is empty. */
export function checkPrompt(prompt: unknown): string {
  if (typeof prompt !== 'string') throw new TypeError('The prompt has to be a string.');
  if (prompt.trim() === '') throw new RangeError('The prompt is empty.');
  return prompt;
}
