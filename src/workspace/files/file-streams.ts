/** Streams in and out of a workspace; none holds more than a few chunks in memory. */

import { createReadStream } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { CHUNK_THRESHOLD } from '../../primitives/limits.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { ContentStream, ContentWriter } from '../../store/content-writer.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { type WriteFlag, writeFile } from './edit-files.ts';
import { openIgnored } from './ignored-files.ts';
import type { FoundFile } from './read-files.ts';

/** Which part of a file is read, as in node:fs. */
export interface ReadStreamOptions {
  /** First byte; default 0. */
  readonly start?: number | undefined;
  /** Last byte, inclusive as in node:fs; default the end. */
  readonly end?: number | undefined;
  /** Bytes that the stream reads ahead. */
  readonly highWaterMark?: number | undefined;
}

/** How a file is written by a stream. */
export interface WriteStreamOptions {
  /** Permission bits; default those of the file that is replaced, else 0o644. */
  readonly mode?: number | undefined;
  /** `wx` fails when the file exists; default `w`. */
  readonly flag?: 'w' | 'wx' | undefined;
}

/** A stream of the bytes of a file as it is when reading begins. */
export function openReadable(
  core: WorkspaceCore,
  find: () => FoundFile,
  options: ReadStreamOptions,
): Readable {
  const { highWaterMark } = options;
  const pieces = readPieces(core, find, options);
  return Readable.from(pieces, { objectMode: false, ...(highWaterMark && { highWaterMark }) });
}

/** The bytes of a file as it is when the first piece is asked for, chunk by chunk. */
export async function* readPieces(
  core: WorkspaceCore,
  find: () => FoundFile,
  options: ReadStreamOptions,
): AsyncGenerator<Buffer> {
  const found = find();
  const start = options.start ?? 0;
  if (found.kind === 'ignored') {
    const end = options.end ?? Number.POSITIVE_INFINITY;
    yield* createReadStream('', { fd: openIgnored(found.file), start, end });
    return;
  }
  const { entry } = found;
  const { store } = core.engine;
  const end = Math.min((options.end ?? entry.size - 1) + 1, entry.size);
  if (entry.size <= CHUNK_THRESHOLD) {
    yield Buffer.from(store.contents.read(entry, start, end));
    return;
  }
  // The file may be replaced and its old chunks collected while they are being read.
  const pin = store.pin(entry.id);
  try {
    yield* store.contents.pieces(entry, start, end);
  } finally {
    pin.release();
  }
}

/** A stream into a file, which is there as a whole once the stream has finished, or not at all. */
export function openWritable(
  core: WorkspaceCore,
  path: TreePath,
  options: WriteStreamOptions,
): Writable {
  let target: { writer: ContentWriter; stream: ContentStream } | undefined;
  const open = (): { writer: ContentWriter; stream: ContentStream } => {
    if (target === undefined) {
      const writer = core.engine.store.contentWriter();
      target = { writer, stream: writer.begin() };
    }
    return target;
  };
  const flag: WriteFlag = options.flag ?? 'w';
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => attempt(() => open().stream.write(chunk), done),
    final: (done) =>
      attempt(() => {
        const { writer, stream } = open();
        const content = { ...stream.finish(), objects: [] };
        core.edit((draft) => {
          writer.settle();
          return [writeFile(draft, path, content, { flag, mode: options.mode })];
        });
        target = undefined;
      }, done),
    destroy: (error, done) => {
      target?.writer.abandon();
      done(error);
    },
  });
}

function attempt(action: () => void, done: (error?: Error | null) => void): void {
  try {
    action();
    done();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}
