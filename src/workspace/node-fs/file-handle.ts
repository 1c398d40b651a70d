/** An open file with a position, in the shape of the FileHandle of node:fs/promises. */

import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { checkCount } from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';
import {
  allBytesOf,
  bytesOf,
  callOptions,
  type Encoded,
  encoded,
  type FileData,
  isView,
  permissionBits,
  timeOf,
} from './call-arguments.ts';
import { FileStats } from './file-stats.ts';
import {
  filePosition,
  type ReadOptions,
  readPart,
  viewsOf,
  writePart,
} from './handle-arguments.ts';
import {
  type HandleReadOptions,
  type HandleWriteOptions,
  streamFrom,
  streamInto,
} from './handle-streams.ts';
import type { OpenFile } from './open-file.ts';
import { asSystemCall, SystemCallError } from './system-error.ts';

type View = NodeJS.ArrayBufferView;

/**
 * An open file. It names the path that it was opened by, links resolved then: after a restore, an
 * undo or a write by others it shows what is there now, and `ENOENT` when nothing is. Each
 * operation is one transaction; the position belongs to the handle.
 *
 * @example
 * await using file = await workspace.open('data.bin', 'r+');
 * await file.write(Buffer.from('new'), 0, 3, 4096);
 */
export class FileHandle {
  #file: OpenFile | undefined;
  #position = 0;

  /** @internal */
  constructor(file: OpenFile) {
    this.#file = file;
  }

  /**
   * Reads into a buffer, at a position of the file or at that of the handle, which then moves on.
   *
   * @throws {SystemCallError} EBADF, EISDIR, ENOENT; {TypeError} {RangeError} INVALID_ARGUMENT.
   */
  async read<Into extends View>(
    buffer: Into,
    offset?: number | null,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<{ bytesRead: number; buffer: Into }>;
  async read<Into extends View>(
    buffer: Into,
    options: Omit<ReadOptions, 'buffer'>,
  ): Promise<{ bytesRead: number; buffer: Into }>;
  async read<Into extends View = Buffer>(
    options?: ReadOptions<Into>,
  ): Promise<{ bytesRead: number; buffer: Into }>;
  async read(
    first?: unknown,
    second?: unknown,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<{ bytesRead: number; buffer: View }> {
    const part = readPart(first, second, length, position);
    return { bytesRead: this.#readInto(part.bytes, part.position), buffer: part.buffer };
  }

  /** Reads into several buffers, one after the other. @throws as {@link read} */
  async readv<Views extends readonly View[]>(
    buffers: Views,
    position?: number | null,
  ): Promise<{ bytesRead: number; buffers: Views }> {
    const views = viewsOf(buffers);
    const whole = Buffer.alloc(views.reduce((sum, view) => sum + view.length, 0));
    const bytesRead = this.#readInto(whole, filePosition(position));
    let done = 0;
    for (const view of views) done += whole.copy(view, 0, done, Math.max(bytesRead, done));
    return { bytesRead, buffers };
  }

  /**
   * Writes at a position of the file or at that of the handle, which then moves on; a handle that
   * appends writes at the end.
   *
   * @throws {SystemCallError} EBADF, ENOENT, EROFS, ENOSPC, EFBIG; {TypeError} {RangeError}.
   */
  async write<From extends View>(
    buffer: From,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffer: From }>;
  async write<From extends View>(
    buffer: From,
    options: Omit<ReadOptions, 'buffer'>,
  ): Promise<{ bytesWritten: number; buffer: From }>;
  async write(
    text: string,
    position?: number | null,
    encoding?: BufferEncoding | null,
  ): Promise<{ bytesWritten: number; buffer: string }>;
  async write(
    data: View | string,
    second?: unknown,
    third?: unknown,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffer: never }> {
    if (isView(data)) {
      const part = writePart(data, second, third, position);
      if (data.byteLength === 0) return { bytesWritten: this.#nothing(), buffer: data as never };
      return { bytesWritten: this.#write(part.bytes, part.position), buffer: data as never };
    }
    const bytes = bytesOf(data, third);
    return { bytesWritten: this.#write(bytes, filePosition(second)), buffer: data as never };
  }

  /** Writes several buffers, one after the other, in one transaction. @throws as {@link write} */
  async writev<Views extends readonly View[]>(
    buffers: Views,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffers: Views }> {
    const whole = Buffer.concat(viewsOf(buffers));
    return { bytesWritten: this.#write(whole, filePosition(position)), buffers };
  }

  /** Cuts the file off, or continues it with zeros; the position stays. @throws as {@link write} */
  async truncate(length?: number | null): Promise<void> {
    const given = length ?? 0;
    // As in node:fs, what is below zero is zero.
    const size = typeof given === 'number' && given < 0 ? 0 : checkCount('length', given);
    this.#call('ftruncate', (file) => {
      // The system says EINVAL where it says EBADF of a write.
      if (!file.flags.write) throw new SystemCallError('EINVAL', callOf('ftruncate', file));
      file.truncate(size ?? 0);
    });
  }

  /** What the file is now. @throws {SystemCallError} EBADF, ENOENT */
  async stat(options?: { readonly bigint?: false }): Promise<FileStats> {
    requireNoBigint(options);
    return this.#call('fstat', (file) => new FileStats(file.info()));
  }

  /** Changes the permission bits. @throws {SystemCallError} EBADF, ENOENT, EROFS */
  async chmod(mode: number | string): Promise<void> {
    const bits = permissionBits(mode);
    this.#call('fchmod', (file) => file.chmod(bits));
  }

  /** Sets the time of the last change; a file has no other. @throws {SystemCallError} as chmod */
  async utimes(atime: number | string | Date, mtime: number | string | Date): Promise<void> {
    timeOf(atime, 'atime');
    const time = timeOf(mtime, 'mtime');
    this.#call('futime', (file) => file.setTime(time));
  }

  /** Resolves when everything before would survive a power cut. @throws {SystemCallError} EBADF, EIO */
  async sync(): Promise<void> {
    this.#call('fsync', (file) => file.sync());
  }

  /** The same as {@link sync}. */
  async datasync(): Promise<void> {
    this.#call('fdatasync', (file) => file.sync());
  }

  /** What is between the position and the end, as bytes or text. @throws as {@link read} */
  async readFile(
    options?: { readonly encoding?: null; readonly signal?: AbortSignal } | null,
  ): Promise<Buffer>;
  async readFile(
    options: { readonly encoding: BufferEncoding; readonly signal?: AbortSignal } | BufferEncoding,
  ): Promise<string>;
  async readFile(
    options?: Encoded<{ readonly encoding?: BufferEncoding | null; readonly signal?: AbortSignal }>,
  ): Promise<Buffer | string> {
    const { encoding, signal } = callOptions(options);
    signal?.throwIfAborted();
    const bytes = this.#reading('read', (file) => {
      const found = Buffer.from(file.read(this.#position, Math.max(file.info().size, 0)));
      this.#position += found.length;
      return found;
    });
    return encoded(bytes, encoding);
  }

  /**
   * Writes from the position on, and leaves what is behind. An iterable or a stream is read to its
   * end first. @throws as {@link write}
   */
  async writeFile(
    data: FileData,
    options?: Encoded<{ readonly encoding?: BufferEncoding | null; readonly signal?: AbortSignal }>,
  ): Promise<void> {
    const { encoding, signal } = callOptions(options);
    signal?.throwIfAborted();
    const bytes = await allBytesOf(data, encoding);
    signal?.throwIfAborted();
    if (bytes.length === 0) this.#nothing();
    else this.#write(bytes, undefined);
  }

  /** The same as {@link writeFile}. */
  async appendFile(
    data: FileData,
    options?: Encoded<{ readonly encoding?: BufferEncoding | null }>,
  ): Promise<void> {
    return this.writeFile(data, options);
  }

  /** The lines from the position on; the handle is closed at the end. */
  readLines(options?: HandleReadOptions): Interface {
    const input = this.createReadStream(options);
    return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  }

  /** A stream from the position, or from `start`; closes the handle unless `autoClose` is false. */
  createReadStream(options?: Encoded<HandleReadOptions>): Readable {
    return streamFrom(this, options);
  }

  /** A stream into the file at the position, or at `start`; what it has written is there at once. */
  createWriteStream(options?: Encoded<HandleWriteOptions>): Writable {
    return streamInto(this, options);
  }

  /** Closes the handle; may be called again. */
  async close(): Promise<void> {
    this.#file = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #readInto(bytes: Buffer, position: number | undefined): number {
    return this.#reading('read', (file) => {
      const count = file.read(position ?? this.#position, bytes.length).copy(bytes);
      if (position === undefined) this.#position += count;
      return count;
    });
  }

  #write(bytes: Buffer, position: number | undefined): number {
    return this.#call('write', (file) => {
      if (!file.flags.write) throw new SystemCallError('EBADF', callOf('write', file));
      const end = file.write(bytes, position ?? this.#position);
      if (position === undefined) this.#position = end;
      return bytes.length;
    });
  }

  /** As in node:fs, no right to write is needed for it. */
  #nothing(): number {
    return this.#call('write', () => 0);
  }

  #reading<T>(syscall: string, action: (file: OpenFile) => T): T {
    return this.#call(syscall, (file) => {
      if (!file.flags.read) throw new SystemCallError('EBADF', callOf(syscall, file));
      return action(file);
    });
  }

  #call<T>(syscall: string, action: (file: OpenFile) => T): T {
    const file = this.#file;
    if (file === undefined) throw new SystemCallError('EBADF', { syscall });
    return asSystemCall(callOf(syscall, file), () => action(file));
  }
}

/** @throws {RangeError} INVALID_ARGUMENT when numbers are wanted as bigint. */
export function requireNoBigint(options: unknown): void {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object') throw wrongType('options', 'an object', options);
  const { bigint }: { readonly bigint?: unknown } = options;
  if (bigint === true) throw wrongValue('bigint', 'false', bigint);
}

function callOf(syscall: string, file: OpenFile): { syscall: string; path: string } {
  return { syscall, path: `/${file.path}` };
}
