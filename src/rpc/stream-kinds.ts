/** What streams of a client can be: reading, writing, and taking an archive in. */

import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { AgentFSError, type FileChange } from '../index.ts';
import { capped } from '../operations/change-shape.ts';

/** What a client has open. */
export type Stream = Reading | Writing | Importing;

/** A file or an archive that is read in pieces. */
export class Reading {
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #isDone = false;

  private constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Fetches the first piece, and with it fixes what is read. */
  static async of(pieces: AsyncIterable<Buffer>): Promise<Reading> {
    const reading = new Reading(pieces);
    reading.#rest = (await reading.#next()) ?? reading.#rest;
    return reading;
  }

  /** The next bytes, as many as asked for unless the file ends. */
  async read(limit: number): Promise<{ readonly content: string; readonly done: boolean }> {
    const taken: Buffer[] = [this.#rest];
    let length = this.#rest.length;
    while (length < limit) {
      const piece = await this.#next();
      if (piece === undefined) break;
      taken.push(piece);
      length += piece.length;
    }
    const bytes = taken.length === 1 ? this.#rest : Buffer.concat(taken);
    this.#rest = bytes.subarray(limit);
    const done = this.#isDone && this.#rest.length === 0;
    return { content: bytes.toString('base64', 0, limit), done };
  }

  async finish(): Promise<object> {
    await this.discard();
    return {};
  }

  async discard(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.#isDone) return undefined;
    const { value, done } = await this.#pieces.next();
    this.#isDone = done === true;
    return this.#isDone ? undefined : value;
  }
}

/** A file that is written in pieces. */
export class Writing {
  readonly #target: Writable;
  #failure: unknown;

  constructor(target: Writable) {
    this.#target = target;
    target.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      this.#target.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async finish(): Promise<object> {
    if (this.#failure !== undefined) throw this.#failure;
    const finished = once(this.#target, 'finish');
    this.#target.end();
    await finished;
    return {};
  }

  async discard(): Promise<void> {
    if (this.#target.closed) return;
    const closed = once(this.#target, 'close');
    this.#target.destroy();
    await closed;
  }
}

/** An archive that is taken in while it comes, and counts once it is whole. */
export class Importing {
  readonly #source = new PassThrough();
  readonly #done: Promise<readonly FileChange[]>;

  /** @param take - reads the archive to its end and gives what that has changed. */
  constructor(take: (source: PassThrough) => Promise<readonly FileChange[]>) {
    this.#done = take(this.#source);
    // What does not read any more must not keep the client waiting.
    this.#done.catch(() => this.#source.destroy());
    this.#source.on('error', () => undefined);
  }

  /** @throws what taking it in has thrown. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#source.destroyed) await this.#done;
    if (this.#source.write(bytes)) return;
    await Promise.race([once(this.#source, 'drain'), this.#done]);
  }

  async finish(): Promise<object> {
    this.#source.end();
    return capped(await this.#done);
  }

  async discard(): Promise<void> {
    this.#source.destroy(new AgentFSError('ABORTED', 'The import was given up.'));
    await this.#done.catch(() => undefined);
  }
}
