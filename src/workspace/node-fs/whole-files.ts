/** The half of `fs` that is about the content of files: opening, reading, writing, streams. */

import { Readable, Writable } from 'node:stream';
import { checkCount, checkEncoding } from '../../primitives/arguments.ts';
import { prepareContent } from '../../store/contents.ts';
import { writeFile } from '../files/edit-files.ts';
import { openWritable } from '../files/file-streams.ts';
import type { WorkspaceFiles } from '../files/workspace-files.ts';
import {
  allBytesOf,
  callOptions,
  type Encoded,
  encoded,
  type FileData,
  newMode,
  type PathLike,
  pathText,
} from './call-arguments.ts';
import { FileHandle } from './file-handle.ts';
import { type HandleReadOptions, type HandleWriteOptions, streamInto } from './handle-streams.ts';
import { locate, OpenFile } from './open-file.ts';
import { type OpenFlags, parseFlags } from './open-flags.ts';
import { asSystemCall, type SystemCall, SystemCallError, systemError } from './system-error.ts';

const FILE_MODE = 0o666;

/** How a file is read as a whole. */
export interface ReadFileOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  readonly flag?: string | number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a file is written as a whole. */
export interface WriteFileOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  /** Of a file that is made; default 0o666, of which a umask of 022 is taken. */
  readonly mode?: number | string | undefined;
  /** Default `w`. */
  readonly flag?: string | number | undefined;
  /** Resolves only when it would survive a power cut; default false. */
  readonly flush?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a stream into a file begins. */
export interface WritePathOptions extends Omit<HandleWriteOptions, 'autoClose'> {
  /** Default `w`. */
  readonly flags?: string | number | undefined;
  readonly mode?: number | string | undefined;
}

/** Opens, reads and writes the files of a workspace as node:fs/promises does. */
export class WholeFiles {
  /** @internal */
  readonly files: WorkspaceFiles;

  /** @internal */
  constructor(files: WorkspaceFiles) {
    this.files = files;
  }

  /**
   * Opens a file.
   *
   * @throws {SystemCallError} ENOENT, EEXIST, EISDIR, ENOTDIR, ELOOP, EROFS, EACCES, EPERM, ENOSPC.
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT.
   */
  async open(path: PathLike, flags?: string | number, mode?: number | string): Promise<FileHandle> {
    const parsed = parseFlags(flags);
    const bits = newMode(mode, FILE_MODE);
    return new FileHandle(
      this.call('open', path, (text) => OpenFile.open(this.files.core, text, parsed, bits), parsed),
    );
  }

  /** Reads a file as a whole. @throws {SystemCallError} ENOENT, EISDIR, ENOTDIR, EFBIG */
  async readFile(
    path: PathLike | FileHandle,
    options?: (ReadFileOptions & { readonly encoding?: null | undefined }) | null,
  ): Promise<Buffer>;
  async readFile(
    path: PathLike | FileHandle,
    options: (ReadFileOptions & { readonly encoding: BufferEncoding }) | BufferEncoding,
  ): Promise<string>;
  async readFile(
    path: PathLike | FileHandle,
    options?: Encoded<ReadFileOptions>,
  ): Promise<Buffer | string>;
  async readFile(
    path: PathLike | FileHandle,
    options?: Encoded<ReadFileOptions>,
  ): Promise<Buffer | string> {
    const { encoding, flag, signal } = callOptions(options);
    signal?.throwIfAborted();
    if (path instanceof FileHandle) return encoded(await path.readFile(), encoding);
    const handle = await this.open(path, flag ?? 'r');
    return encoded(await handle.readFile(), encoding);
  }

  /**
   * Writes a file as a whole, in one transaction; an iterable or a stream is read to its end first.
   *
   * @throws {SystemCallError} as {@link open}; ENOENT when its directory is missing.
   */
  async writeFile(
    path: PathLike | FileHandle,
    data: FileData,
    options?: Encoded<WriteFileOptions>,
  ): Promise<void> {
    const given = callOptions(options);
    given.signal?.throwIfAborted();
    const bytes = await allBytesOf(data, given.encoding);
    given.signal?.throwIfAborted();
    if (path instanceof FileHandle) return path.writeFile(bytes);
    const flags = parseFlags(given.flag, 'w');
    const mode = newMode(given.mode, FILE_MODE);
    this.call('open', path, (text) => this.#write(text, bytes, flags, mode), { write: true });
    if (given.flush === true && !flags.durable) await (await this.open(path, 'r')).sync();
  }

  /** Writes at the end of a file, which is made when it is missing. @throws as writeFile */
  async appendFile(
    path: PathLike | FileHandle,
    data: FileData,
    options?: Encoded<WriteFileOptions>,
  ): Promise<void> {
    return this.writeFile(path, data, { flag: 'a', ...(callOptions(options) as WriteFileOptions) });
  }

  /** Cuts a file off, or continues it with zeros. @throws {SystemCallError} as {@link open} */
  async truncate(path: PathLike, length?: number): Promise<void> {
    const handle = await this.open(path, 'r+');
    await handle.truncate(length);
  }

  /** The bytes of a file as it is when reading begins; errors come through the stream. */
  createReadStream(path: PathLike, options?: Encoded<HandleReadOptions>): Readable {
    const given = callOptions(options);
    const text = pathText(path);
    const encoding = checkEncoding(given.encoding);
    const highWaterMark = checkCount('highWaterMark', given.highWaterMark, 1);
    const range = { start: given.start, end: given.end };
    const pieces = translated(this.files.readStream(text, range), { syscall: 'open', path: text });
    const stream = Readable.from(pieces, {
      objectMode: false,
      ...(highWaterMark !== undefined && { highWaterMark }),
      ...(given.signal && { signal: given.signal }),
    });
    if (encoding !== undefined) stream.setEncoding(encoding);
    return stream;
  }

  /**
   * A stream into a file. With the flags `w` and `wx` the file is there as a whole once the stream
   * has finished, or not at all; with others, and with `start`, piece by piece.
   */
  createWriteStream(path: PathLike, options?: Encoded<WritePathOptions>): Writable {
    const given = callOptions(options);
    const flags = parseFlags(given.flags, 'w');
    const mode = newMode(given.mode, FILE_MODE);
    const encoding = checkEncoding(given.encoding) ?? 'utf8';
    const text = pathText(path);
    const call = { syscall: 'open', path: text, changes: true };
    const { core } = this.files;
    try {
      if (!flags.truncate || given.start !== undefined) {
        const handle = new FileHandle(
          asSystemCall(call, () => OpenFile.open(core, text, flags, mode)),
        );
        return streamInto(handle, given as HandleWriteOptions);
      }
      const { target, info } = asSystemCall(call, () => locate(core, text, flags));
      const flag = flags.exclusive ? 'wx' : 'w';
      const stream = openWritable(core, target, { flag, mode: info?.mode ?? mode });
      return withSystemErrors(stream.setDefaultEncoding(encoding), call);
    } catch (error) {
      return failed(error);
    }
  }

  /** @internal */
  protected call<T>(
    syscall: string,
    path: PathLike,
    action: (text: string) => T,
    { write = false }: { readonly write?: boolean } = {},
  ): T {
    const text = pathText(path);
    return asSystemCall({ syscall, path: text, changes: write }, () => action(text));
  }

  #write(path: string, bytes: Uint8Array, flags: OpenFlags, mode: number): void {
    if (!flags.write) throw new SystemCallError('EBADF', { syscall: 'write', path });
    const { core } = this.files;
    const { target, info } = locate(core, path, flags);
    if (info !== undefined && !flags.truncate) {
      OpenFile.open(core, path, flags, mode).write(bytes, 0);
      return;
    }
    const flag = flags.exclusive ? 'wx' : 'w';
    const content = prepareContent(bytes);
    core.edit((draft) => [writeFile(draft, target, content, { flag, mode: info?.mode ?? mode })]);
    if (flags.durable) OpenFile.open(core, path, parseFlags('r'), mode).sync();
  }
}

async function* translated(
  pieces: AsyncIterable<Buffer>,
  call: SystemCall,
): AsyncGenerator<Buffer> {
  try {
    yield* pieces;
  } catch (error) {
    throw systemError(call, error);
  }
}

function withSystemErrors(stream: Writable, call: SystemCall): Writable {
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, done) => {
    destroy(error, () => done(error === null ? null : (systemError(call, error) as Error)));
  };
  return stream;
}

function failed(error: unknown): Writable {
  const reason = error instanceof Error ? error : new Error(String(error));
  return new Writable({ construct: (done) => done(reason) });
}
