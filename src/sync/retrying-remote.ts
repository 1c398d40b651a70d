/**
 * A Remote that tries again what may succeed later, with growing pauses, until a deadline. Safe as
 * every call of a remote may be repeated, whether or not the one before has been heard.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '../primitives/error-code.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type {
  HeadMove,
  NumberedRecord,
  Remote,
  RemoteCall,
  RemoteHead,
  RemoteInfo,
  RemoteLimits,
  RemoteObject,
  Revision,
} from './remote.ts';
import { SyncError } from './sync-errors.ts';

/** How long to try. */
export interface RetryOptions {
  /** Ms that one call may take, with all its repetitions. */
  readonly deadlineMs: number;
  /** How often a call is repeated. Default: until the deadline. */
  readonly repetitions?: number;
  /** Ms that one attempt may take. Default: 30,000. */
  readonly attemptMs?: number;
  /** Ms before the first repetition, on average; each pause is twice the one before. Default: 250. */
  readonly pauseMs?: number;
}

const ATTEMPT_MS = 30_000;
const PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 20_000;
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'REMOTE_UNREACHABLE',
  'REMOTE_BUSY',
  'REMOTE_TIMEOUT',
]);

/** Repeats the calls of another remote. */
export class RetryingRemote implements Remote {
  readonly #remote: Remote;
  readonly #options: Required<RetryOptions>;

  constructor(remote: Remote, options: RetryOptions) {
    this.#remote = remote;
    const repetitions = Number.POSITIVE_INFINITY;
    this.#options = { repetitions, attemptMs: ATTEMPT_MS, pauseMs: PAUSE_MS, ...options };
  }

  get label(): string {
    return this.#remote.label;
  }

  get limits(): RemoteLimits {
    return this.#remote.limits;
  }

  open(seal: string, call?: RemoteCall): Promise<RemoteInfo> {
    return this.#try(call, (attempt) => this.#remote.open(seal, attempt));
  }

  readHead(name: string, call?: RemoteCall): Promise<RemoteHead | undefined> {
    return this.#try(call, (attempt) => this.#remote.readHead(name, attempt));
  }

  readRevision(
    workspace: string,
    which: { readonly version: number } | { readonly at: number },
    call?: RemoteCall,
  ): Promise<Revision | undefined> {
    return this.#try(call, (attempt) => this.#remote.readRevision(workspace, which, attempt));
  }

  present(ids: readonly ObjectId[], call?: RemoteCall): Promise<ReadonlySet<ObjectId>> {
    return this.#try(call, (attempt) => this.#remote.present(ids, attempt));
  }

  readObjects(ids: readonly ObjectId[], call?: RemoteCall): Promise<readonly RemoteObject[]> {
    return this.#try(call, (attempt) => this.#remote.readObjects(ids, attempt));
  }

  writeObjects(objects: readonly RemoteObject[], call?: RemoteCall): Promise<void> {
    return this.#try(call, (attempt) => this.#remote.writeObjects(objects, attempt));
  }

  moveHead(move: HeadMove, call?: RemoteCall): Promise<boolean> {
    return this.#try(call, (attempt) => this.#remote.moveHead(move, attempt));
  }

  readRecords(
    workspace: string,
    range: { readonly after: number; readonly except: string },
    call?: RemoteCall,
  ): Promise<readonly NumberedRecord[]> {
    return this.#try(call, (attempt) => this.#remote.readRecords(workspace, range, attempt));
  }

  close(): void {
    this.#remote.close();
  }

  async #try<T>(call: RemoteCall = {}, action: (attempt: RemoteCall) => Promise<T>): Promise<T> {
    const { signal } = call;
    const end = performance.now() + this.#options.deadlineMs;
    let pause = this.#options.pauseMs;
    for (let left = this.#options.repetitions; ; left--) {
      const error = await this.#attempt(end, signal, action);
      if (!(error instanceof SyncError)) return error.result;
      // Half of it by chance, so that those who failed together do not come again together.
      const wait = Math.max(pause * (0.5 + Math.random()), retryAfter(error));
      if (left <= 0 || performance.now() + wait >= end) throw error;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      await delay(wait, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      signal?.throwIfAborted();
    }
  }

  /** The result of one attempt, or the error of one that may be repeated. */
  async #attempt<T>(
    end: number,
    signal: AbortSignal | undefined,
    action: (attempt: RemoteCall) => Promise<T>,
  ): Promise<{ readonly result: T } | SyncError> {
    const limitMs = Math.ceil(
      Math.max(1, Math.min(this.#options.attemptMs, end - performance.now())),
    );
    const timeout = AbortSignal.timeout(limitMs);
    try {
      const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      return { result: await action({ signal: both }) };
    } catch (error) {
      signal?.throwIfAborted();
      const met = timeout.aborted && error === timeout.reason ? this.#tooSlow(limitMs) : error;
      if (met instanceof SyncError && PASSING.has(met.code)) return met;
      throw met;
    }
  }

  #tooSlow(limitMs: number): SyncError {
    const seconds = (limitMs / 1000).toLocaleString('en', { maximumFractionDigits: 1 });
    return new SyncError('REMOTE_TIMEOUT', `${this.label} did not answer within ${seconds} s.`, {
      hint: 'Try again later, or raise the timeout; nothing was lost.',
      details: { remote: this.label, limitMs },
    });
  }
}

function retryAfter({ details }: SyncError): number {
  const wait = details?.['retryAfterMs'];
  return typeof wait === 'number' ? wait : 0;
}
