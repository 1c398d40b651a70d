/** The open streams of a Hrana server, each found by a baton that is good for one request. */

import { randomUUID } from 'node:crypto';
import { RequestError } from './statement.ts';
import { Stream } from './stream.ts';

/** Streams that no client asks anything of are closed after a while, and rolled back. */
export class Streams {
  readonly #file: string;
  readonly #ttlMs: number;
  readonly #waiting = new Map<
    string,
    { readonly stream: Stream; readonly timer: NodeJS.Timeout }
  >();

  constructor(file: string, ttlMs: number) {
    this.#file = file;
    this.#ttlMs = ttlMs;
  }

  /** How many wait for the next request of their client. */
  get count(): number {
    return this.#waiting.size;
  }

  /** The stream of a baton, or a new one. @throws {RequestError} STREAM_EXPIRED */
  take(baton: string | null | undefined): Stream {
    if (baton === null || baton === undefined) return new Stream(this.#file);
    const waiting = this.#waiting.get(baton);
    if (waiting === undefined) {
      throw new RequestError('STREAM_EXPIRED', 'The stream has expired due to inactivity.');
    }
    clearTimeout(waiting.timer);
    this.#waiting.delete(baton);
    return waiting.stream;
  }

  /** Keeps a stream for the next request; returns its baton, or `null` when it is closed. */
  keep(stream: Stream): string | null {
    if (stream.isClosed) return null;
    const baton = randomUUID();
    const timer = setTimeout(() => {
      this.#waiting.delete(baton);
      stream.close();
    }, this.#ttlMs);
    this.#waiting.set(baton, { stream, timer });
    return baton;
  }

  /** Closes all streams. */
  close(): void {
    for (const { stream, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      stream.close();
    }
    this.#waiting.clear();
  }
}
