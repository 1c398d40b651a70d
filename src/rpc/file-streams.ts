/**
 * Files as streams of a session: read as they were when they were opened, and there as a whole once
 * they are closed. They end with the session, and belong to it alone.
 */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import * as z from 'zod';
import { type AgentFS, AgentFSError } from '../index.ts';
import { invalidInput } from '../operations/invalid-input.ts';

const MOST_STREAMS = 256;
const MOST_BYTES = 4 * 1024 * 1024;

/** What may be asked. */
type StreamMethod = 'stream.open' | 'stream.read' | 'stream.write' | 'stream.close';

const METHODS: ReadonlySet<string> = new Set<StreamMethod>([
  'stream.open',
  'stream.read',
  'stream.write',
  'stream.close',
]);

const stream = z.int();

const opening = z.strictObject({
  workspace: z.string(),
  path: z.string(),
  mode: z.enum(['read', 'write']),
  start: z.int().min(0).default(0),
  create: z.boolean().default(false),
  permissions: z.int().min(0).max(0o777).optional(),
});
const reading = z.strictObject({ stream, limit: z.int().min(1).max(MOST_BYTES) });
const writing = z.strictObject({ stream, content: z.base64() });
const closing = z.strictObject({ stream, discard: z.boolean().default(false) });

/** Whether a method is about streams. */
export function isStreamMethod(method: string): method is StreamMethod {
  return METHODS.has(method);
}

/** The streams that a client has open. */
export class FileStreams {
  readonly #afs: AgentFS;
  readonly #readOnly: boolean;
  readonly #open = new Map<number, Reading | Writing>();
  #next = 1;

  constructor({ afs, readOnly }: { readonly afs: AgentFS; readonly readOnly: boolean }) {
    this.#afs = afs;
    this.#readOnly = readOnly;
  }

  /**
   * Calls a method.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT also for a stream that is not open; READ_ONLY.
   */
  async call(method: StreamMethod, params: unknown): Promise<object> {
    switch (method) {
      case 'stream.open':
        return this.#begin(checked(opening, params));
      case 'stream.read': {
        const { stream: number, limit } = checked(reading, params);
        const found = this.#find(number);
        if (!(found instanceof Reading)) throw wrongWay(number, 'writing');
        return found.read(limit);
      }
      case 'stream.write': {
        const { stream: number, content } = checked(writing, params);
        const found = this.#find(number);
        if (!(found instanceof Writing)) throw wrongWay(number, 'reading');
        await found.write(Buffer.from(content, 'base64'));
        return {};
      }
      case 'stream.close': {
        const { stream: number, discard } = checked(closing, params);
        const found = this.#find(number);
        this.#open.delete(number);
        await (discard ? found.discard() : found.finish());
        return {};
      }
    }
  }

  /** Drops all of them, with what was written into them. */
  async end(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map((each) => each.discard()));
  }

  async #begin(wanted: z.output<typeof opening>): Promise<object> {
    if (wanted.mode === 'write' && this.#readOnly) {
      throw new AgentFSError('READ_ONLY', 'Writing is refused: only reading is allowed.', {
        hint: 'Start the server without --read-only.',
      });
    }
    if (this.#open.size >= MOST_STREAMS) {
      throw new AgentFSError('INVALID_ARGUMENT', `${MOST_STREAMS} streams are open already.`, {
        hint: 'Close those that are done.',
      });
    }
    const { path, start, create, permissions } = wanted;
    const workspace = await this.#afs.workspace.get(wanted.workspace);
    const number = this.#next++;
    if (wanted.mode === 'write') {
      const options = { mode: permissions, flag: create ? 'wx' : 'w' } as const;
      this.#open.set(number, new Writing(workspace.createWriteStream(path, options)));
      return { stream: number };
    }
    const { size } = await workspace.stat(path);
    const found = new Reading(workspace.readStream(path, { start }));
    await found.begin();
    this.#open.set(number, found);
    return { stream: number, size };
  }

  #find(number: number): Reading | Writing {
    const found = this.#open.get(number);
    if (found !== undefined) return found;
    throw new AgentFSError('INVALID_ARGUMENT', `No stream ${number} is open.`, {
      hint: 'Open one with stream.open; each is closed once.',
    });
  }
}

/** A file that is read in pieces. */
class Reading {
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #isDone = false;

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Fetches the first piece, and with it fixes what is read. */
  async begin(): Promise<void> {
    this.#rest = (await this.#next()) ?? this.#rest;
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

  finish(): Promise<void> {
    return this.discard();
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
class Writing {
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

  async finish(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const finished = once(this.#target, 'finish');
    this.#target.end();
    await finished;
  }

  async discard(): Promise<void> {
    if (this.#target.closed) return;
    const closed = once(this.#target, 'close');
    this.#target.destroy();
    await closed;
  }
}

function checked<Shape extends z.ZodObject>(shape: Shape, params: unknown): z.output<Shape> {
  const parsed = shape.safeParse(params);
  if (!parsed.success) throw invalidInput(parsed.error, params);
  return parsed.data;
}

function wrongWay(number: number, way: string): AgentFSError {
  return new AgentFSError('INVALID_ARGUMENT', `The stream ${number} is open for ${way}.`, {
    hint: 'Open another one with the other mode.',
  });
}
