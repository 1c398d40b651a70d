/**
 * Files and archives as streams of a session: read as they were when they were opened, and there as a
 * whole once they are closed. They end with the session, and belong to it alone.
 */

import * as z from 'zod';
import { type AgentFS, AgentFSError } from '../index.ts';
import { invalidInput } from '../operations/invalid-input.ts';
import { Importing, Reading, type Stream, Writing } from './stream-kinds.ts';

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

const where = { workspace: z.string() };

const opening = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('read'),
    ...where,
    path: z.string(),
    start: z.int().min(0).default(0),
  }),
  z.strictObject({
    mode: z.literal('write'),
    ...where,
    path: z.string(),
    create: z.boolean().default(false),
    permissions: z.int().min(0).max(0o777).optional(),
  }),
  z.strictObject({
    mode: z.literal('export'),
    ...where,
    snapshot: z.string().optional(),
    gzip: z.boolean().default(false),
  }),
  z.strictObject({
    mode: z.literal('import'),
    ...where,
    create: z.boolean().default(false),
    replace: z.boolean().default(false),
    allowOutsideSymlinks: z.boolean().optional(),
  }),
]);
const reading = z.strictObject({ stream, limit: z.int().min(1).max(MOST_BYTES) });
const writing = z.strictObject({ stream, content: z.base64() });
const closing = z.strictObject({ stream, discard: z.boolean().default(false) });

/** A stream, and what its client is told of it. */
interface Opened {
  readonly stream: Stream;
  readonly size?: number;
}

/** Whether a method is about streams. */
export function isStreamMethod(method: string): method is StreamMethod {
  return METHODS.has(method);
}

/** What opening a stream with these parameters leads to. */
export function effectOfStream(params: unknown): 'read' | 'write' {
  const { mode }: { readonly mode?: unknown } = { ...Object(params) };
  return mode === 'read' || mode === 'export' ? 'read' : 'write';
}

/** The streams that a client has open. */
export class FileStreams {
  readonly #afs: AgentFS;
  readonly #readOnly: boolean;
  readonly #open = new Map<number, Stream>();
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
        if (found instanceof Reading) throw wrongWay(number, 'reading');
        await found.write(Buffer.from(content, 'base64'));
        return {};
      }
      case 'stream.close': {
        const { stream: number, discard } = checked(closing, params);
        const found = this.#find(number);
        this.#open.delete(number);
        if (!discard) return found.finish();
        await found.discard();
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
    const isReading = wanted.mode === 'read' || wanted.mode === 'export';
    if (this.#readOnly && !isReading) {
      throw new AgentFSError('READ_ONLY', 'Writing is refused: only reading is allowed.', {
        hint: 'Start the server without --read-only.',
      });
    }
    if (this.#open.size >= MOST_STREAMS) {
      throw new AgentFSError('INVALID_ARGUMENT', `${MOST_STREAMS} streams are open already.`, {
        hint: 'Close those that are done.',
      });
    }
    const { stream: opened, ...more } = await this.#openAs(wanted);
    const number = this.#next++;
    this.#open.set(number, opened);
    return { stream: number, ...more };
  }

  async #openAs(wanted: z.output<typeof opening>): Promise<Opened> {
    const { workspaces } = this.#afs;
    const name = wanted.workspace;
    switch (wanted.mode) {
      case 'read': {
        const workspace = await workspaces.get(name);
        const { size } = await workspace.stat(wanted.path);
        const { start } = wanted;
        return { stream: await Reading.of(workspace.readStream(wanted.path, { start })), size };
      }
      case 'write': {
        const flag = wanted.create ? 'wx' : 'w';
        const options = { mode: wanted.permissions, flag } as const;
        const workspace = await workspaces.get(name);
        return { stream: new Writing(workspace.createWriteStream(wanted.path, options)) };
      }
      case 'export': {
        const { snapshot, gzip } = wanted;
        const archive = (await workspaces.get(name)).exportTar({ snapshot, gzip });
        return { stream: await Reading.of(archive) };
      }
      case 'import': {
        const { create, replace, allowOutsideSymlinks } = wanted;
        const options = { allowOutsideSymlinks };
        if (create) {
          return {
            stream: new Importing(async (source) => {
              const made = await workspaces.importTar(name, source, options);
              return (await made.diff({ nameOnly: true })).changes;
            }),
          };
        }
        const workspace = await workspaces.get(name);
        return {
          stream: new Importing(
            async (source) => (await workspace.importTar(source, { ...options, replace })).changes,
          ),
        };
      }
    }
  }

  #find(number: number): Stream {
    const found = this.#open.get(number);
    if (found !== undefined) return found;
    throw new AgentFSError('INVALID_ARGUMENT', `No stream ${number} is open.`, {
      hint: 'Open one with stream.open; each is closed once.',
    });
  }
}

function checked<Shape extends z.ZodType>(shape: Shape, params: unknown): z.output<Shape> {
  const parsed = shape.safeParse(params);
  if (!parsed.success) throw invalidInput(parsed.error, params);
  return parsed.data;
}

function wrongWay(number: number, way: string): AgentFSError {
  return new AgentFSError('INVALID_ARGUMENT', `The stream ${number} is open for ${way}.`, {
    hint: 'Open another one with the other mode.',
  });
}
