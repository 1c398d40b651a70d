/**
 * Reads one file as one version: a file that moves while it is read, or moved just before, is read
 * again until it is at rest. Never reads anything but regular files, and never holds more than a
 * small file or one chunk in memory.
 */

import { closeSync, fstatSync, readSync, type Stats } from 'node:fs';
import { type Clock, systemClock } from '../primitives/clock.ts';
import { AgentFSError, FileSystemError } from '../primitives/errors.ts';
import { CHUNK_THRESHOLD, PIECE_BYTES } from '../primitives/limits.ts';
import { contentId, type ObjectId } from '../primitives/object-id.ts';
import type { ContentSink } from './content-sink.ts';
import { diskError } from './disk-error.ts';
import { sameTimes } from './stat-index.ts';
import type { Steps } from './time-slices.ts';

/** Files above this are not read unless the caller raises it: 16 GiB. */
export const MAX_FILE_BYTES: number = 16 * 1024 * 1024 * 1024;

const DEFAULT_ATTEMPTS = 5;
// A write sets the times when it begins, so content this young may be half written, however still
// the times are: a writer that the scheduler puts aside stops for some milliseconds in the middle.
const SETTLE_MS = 20;

/** Where a file is read from. */
export interface FileSource {
  /** The path for messages. */
  readonly path: string;
  /** Opens for reading, without following a link at the end and without blocking. */
  open(): number;
}

/** How {@link readStable} reads. */
export interface ReadOptions {
  readonly sink: ContentSink;
  readonly clock?: Clock | undefined;
  /** Bytes; {@link MAX_FILE_BYTES} when absent. */
  readonly maxFileBytes?: number | undefined;
  /** Nothing else writes to the file meanwhile, so that young content is taken at once. */
  readonly quiescent?: boolean | undefined;
  /** Content that the file had once; found again, it is whole, however young it is. */
  readonly expected?: ObjectId | undefined;
  /** Readings before giving up, 2 or more; 5 when absent. */
  readonly attempts?: number | undefined;
}

/** A file that was read. */
export interface StableFile {
  readonly id: ObjectId;
  /** Bytes. */
  readonly size: number;
  /** Of the open file, and the same before and after reading. */
  readonly stats: Stats;
  /** When the reading began, in milliseconds since 1970. */
  readonly observedMs: number;
}

/** One reading: small content itself, large content as the id that the sink gave. */
interface Reading {
  readonly content: Buffer | ObjectId;
  readonly stats: Stats;
  readonly observedMs: number;
}

/**
 * Reads a file into the sink, in steps: after each piece others may run, and a file that is not at
 * rest is given time.
 *
 * @throws {AgentFSError} FILE_UNSTABLE when it went on changing, EFBIG above `maxFileBytes`.
 * @throws {FileSystemError} EINVAL for anything but a regular file, and what `source.open` throws.
 */
export function* readStable(source: FileSource, options: ReadOptions): Steps<StableFile> {
  const attempts = options.attempts ?? DEFAULT_ATTEMPTS;
  let previous: Reading | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const reading = yield* readOnce(source, options);
    if (reading !== undefined && isWhole(reading, previous, options)) {
      return store(reading, options.sink);
    }
    previous = reading;
    yield SETTLE_MS;
  }
  throw unstable(source.path, attempts);
}

/**
 * Reads a small file at once; for files that are not stored, such as rules or ignored content.
 *
 * @throws {AgentFSError} EFBIG above `maxBytes`, FILE_UNSTABLE when it went on changing.
 * @throws {FileSystemError} EINVAL for anything but a regular file, and what `source.open` throws.
 */
export function readBuffer(source: FileSource, maxBytes: number): Buffer {
  for (let attempt = 0; attempt < DEFAULT_ATTEMPTS; attempt++) {
    const content = withFile(source, maxBytes, (descriptor, stats) => {
      const buffer = readContent(descriptor, stats.size);
      return sameTimes(stats, fstatSync(descriptor)) ? buffer : undefined;
    });
    if (content !== undefined) return content;
  }
  throw unstable(source.path, DEFAULT_ATTEMPTS);
}

function* readOnce(source: FileSource, options: ReadOptions): Steps<Reading | undefined> {
  const observedMs = (options.clock ?? systemClock).now();
  const descriptor = source.open();
  try {
    const stats = checkedStats(descriptor, source.path, options.maxFileBytes ?? MAX_FILE_BYTES);
    const content =
      stats.size > CHUNK_THRESHOLD
        ? yield* streamContent(descriptor, stats.size, options)
        : readContent(descriptor, stats.size);
    return sameTimes(stats, fstatSync(descriptor)) ? { content, stats, observedMs } : undefined;
  } catch (error) {
    throw diskError(error, source.path, 'read');
  } finally {
    closeSync(descriptor);
  }
}

function withFile<T>(
  source: FileSource,
  maxBytes: number,
  use: (descriptor: number, stats: Stats) => T,
): T {
  const descriptor = source.open();
  try {
    return use(descriptor, checkedStats(descriptor, source.path, maxBytes));
  } catch (error) {
    throw diskError(error, source.path, 'read');
  } finally {
    closeSync(descriptor);
  }
}

function checkedStats(descriptor: number, path: string, maxBytes: number): Stats {
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) {
    throw new FileSystemError('EINVAL', `'${path}' is not a regular file.`, { path });
  }
  if (stats.size > maxBytes) {
    const message = `'${path}' has ${stats.size} bytes, more than the limit of ${maxBytes}.`;
    throw new AgentFSError('EFBIG', message, {
      path,
      hint: 'Ignore the file, or raise the limit.',
      details: { size: stats.size, limit: maxBytes },
    });
  }
  return stats;
}

/** A file that shrank gives a short buffer, which the stats then disown. */
function readContent(descriptor: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(descriptor, buffer, filled, size - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return filled === size ? buffer : buffer.subarray(0, filled);
}

/** Never more than `size` bytes: a file that grows as fast as it is read would have no end. */
function* streamContent(
  descriptor: number,
  size: number,
  { sink, expected }: ReadOptions,
): Steps<ObjectId> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  const stream = sink.begin(expected);
  for (let remaining = size; remaining > 0; ) {
    const count = readSync(descriptor, buffer, 0, Math.min(PIECE_BYTES, remaining), null);
    if (count === 0) break;
    stream.write(buffer.subarray(0, count));
    remaining -= count;
    yield 0;
  }
  return stream.finish().id;
}

/** Whether a reading cannot be of a file that somebody was in the middle of writing. */
function isWhole(reading: Reading, previous: Reading | undefined, options: ReadOptions): boolean {
  const { content, stats, observedMs } = reading;
  if (options.quiescent === true) return true;
  if (Math.max(stats.mtimeMs, stats.ctimeMs) <= observedMs - SETTLE_MS) return true;
  if (options.expected === (typeof content === 'string' ? content : contentId(content)))
    return true;
  return previous !== undefined && agrees(reading, previous);
}

function agrees(reading: Reading, previous: Reading): boolean {
  if (!sameTimes(reading.stats, previous.stats)) return false;
  const { content } = reading;
  return typeof content === 'string' || typeof previous.content === 'string'
    ? content === previous.content
    : content.equals(previous.content);
}

function store(reading: Reading, sink: ContentSink): StableFile {
  const { content, stats, observedMs } = reading;
  const id = typeof content === 'string' ? content : sink.add(content);
  return { id, size: stats.size, stats, observedMs };
}

function unstable(path: string, attempts: number): AgentFSError {
  return new AgentFSError('FILE_UNSTABLE', `'${path}' changed while it was read, every time.`, {
    path,
    hint: 'Stop the program that writes the file, or ignore the file, then try again.',
    details: { attempts },
  });
}
