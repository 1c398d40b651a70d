/** Streams over an open file handle: they read and write where the handle stands, or from a place. */

import { Readable, Writable } from 'node:stream';
import { checkBoolean, checkCount, checkEncoding } from '../../primitives/arguments.ts';
import { callOptions, type Encoded } from './call-arguments.ts';

const READ_AHEAD = 64 * 1024;

/** Which part of a file a stream over a handle reads. */
export interface HandleReadOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  /** First byte; default where the handle stands. */
  readonly start?: number | undefined;
  /** Last byte, inclusive; default the end. */
  readonly end?: number | undefined;
  /** Closes the handle with the stream; default true. */
  readonly autoClose?: boolean | undefined;
  readonly emitClose?: boolean | undefined;
  readonly highWaterMark?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a stream over a handle writes. */
export interface HandleWriteOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  /** First byte; default where the handle stands. */
  readonly start?: number | undefined;
  /** Closes the handle with the stream; default true. */
  readonly autoClose?: boolean | undefined;
  readonly emitClose?: boolean | undefined;
  readonly highWaterMark?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a stream needs of a handle. */
export interface StreamSource {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  write(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesWritten: number }>;
  close(): Promise<void>;
}

/** A stream of what is in the file. @throws {TypeError} {RangeError} INVALID_ARGUMENT */
export function streamFrom(handle: StreamSource, options: Encoded<HandleReadOptions>): Readable {
  const given = callOptions(options);
  const start = checkCount('start', given.start);
  const end = checkCount('end', given.end) ?? Number.POSITIVE_INFINITY;
  const autoClose = checkBoolean('autoClose', given.autoClose) ?? true;
  const encoding = checkEncoding(given.encoding);
  const highWaterMark = checkCount('highWaterMark', given.highWaterMark, 1) ?? READ_AHEAD;
  let done = 0;
  const stream = new Readable({
    highWaterMark,
    emitClose: given.emitClose ?? true,
    ...(given.signal && { signal: given.signal }),
    read: (size) => {
      const left = end - (start ?? 0) - done + 1;
      const length = Math.max(Math.min(size, left), 0);
      const position = start === undefined ? null : start + done;
      const buffer = Buffer.alloc(length);
      handle.read(buffer, 0, length, position).then(
        ({ bytesRead }) => {
          done += bytesRead;
          stream.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead));
        },
        (error: unknown) => stream.destroy(asError(error)),
      );
    },
    destroy: (error, callback) => closeAfter(handle, autoClose, error, callback),
  });
  if (encoding !== undefined) stream.setEncoding(encoding);
  return stream;
}

/** A stream into the file. @throws {TypeError} {RangeError} INVALID_ARGUMENT */
export function streamInto(handle: StreamSource, options: Encoded<HandleWriteOptions>): Writable {
  const given = callOptions(options);
  let position = checkCount('start', given.start) ?? null;
  const autoClose = checkBoolean('autoClose', given.autoClose) ?? true;
  const encoding = checkEncoding(given.encoding) ?? 'utf8';
  return new Writable({
    highWaterMark: checkCount('highWaterMark', given.highWaterMark, 1) ?? READ_AHEAD,
    defaultEncoding: encoding,
    emitClose: given.emitClose ?? true,
    ...(given.signal && { signal: given.signal }),
    write: (chunk: Buffer, _encoding, callback) => {
      const at = position;
      if (position !== null) position += chunk.length;
      handle.write(chunk, 0, chunk.length, at).then(() => callback(), callback);
    },
    destroy: (error, callback) => closeAfter(handle, autoClose, error, callback),
  });
}

function closeAfter(
  handle: StreamSource,
  autoClose: boolean,
  error: Error | null,
  callback: (error: Error | null) => void,
): void {
  if (!autoClose) callback(error);
  else handle.close().then(() => callback(error), callback);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
