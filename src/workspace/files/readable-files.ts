/** The reading half of a workspace's file operations: its face looks like node:fs. */

import type { Readable } from 'node:stream';
import {
  checkBoolean,
  checkCount,
  checkEncoding,
  checkOptions,
} from '../../primitives/arguments.ts';
import { FileSystemError, InvalidPathError } from '../../primitives/errors.ts';
import { parsePath, type TreePath } from '../../primitives/path.ts';
import { auditRecord } from '../core/audit-record.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { notFound } from './file-errors.ts';
import type { FileInfo } from './file-info.ts';
import { openReadable, type ReadStreamOptions, readPieces } from './file-streams.ts';
import { IgnoredFiles } from './ignored-files.ts';
import { LiveFiles } from './live-files.ts';
import { FileReader } from './read-files.ts';
import { type ExportOptions, exportTar } from './tar-export.ts';

/** Which state of the files is read. */
export interface LiveOptions {
  /**
   * While a command runs, in this process or another: its files as they are at this moment, what it
   * has written included, ignored or not. Default false: the workspace, which gets that later.
   */
  readonly live?: boolean | undefined;
}

const FOLLOWED = { followLast: true } as const;

/**
 * Reads the files of a workspace. Paths are POSIX; `/src/a` and `src/a` are the same. Path failures
 * have node's codes (`ENOENT`, `EISDIR` ...).
 */
export class ReadableFiles {
  /** @internal */
  readonly core: WorkspaceCore;
  /** @internal */
  protected readonly reader: FileReader;

  /** @internal */
  constructor(core: WorkspaceCore) {
    this.core = core;
    this.reader = new FileReader(core, new IgnoredFiles(core.engine, core.uuid));
  }

  /**
   * Reads a file, following links inside the workspace. An ignored path that the workspace does not
   * hold is read from the base.
   *
   * @returns a Buffer, or a string when an encoding is given.
   * @throws {FileNotFoundError} ENOENT; {FileSystemError} EISDIR, ENOTDIR, ELOOP, EFBIG above 2 GiB.
   * @throws {InvalidPathError} INVALID_PATH; {StorageError} OBJECT_CORRUPT, never wrong bytes.
   * @example const text = await workspace.readFile('/src/index.ts', 'utf8');
   */
  async readFile(path: string, options?: LiveOptions & { encoding?: null }): Promise<Buffer>;
  async readFile(
    path: string,
    options: BufferEncoding | (LiveOptions & { encoding: BufferEncoding }),
  ): Promise<string>;
  async readFile(
    path: string,
    options?: BufferEncoding | (LiveOptions & { encoding?: BufferEncoding | null }) | null,
  ): Promise<Buffer | string>;
  async readFile(
    path: string,
    options?: BufferEncoding | (LiveOptions & { encoding?: BufferEncoding | null }) | null,
  ): Promise<Buffer | string> {
    const named =
      typeof options === 'object'
        ? checkOptions(options ?? {}, ['encoding', 'live']).encoding
        : options;
    const encoding = checkEncoding(named);
    const target = parsePath(path);
    const given = typeof options === 'object' ? (options ?? {}) : {};
    const bytes = this.#reading(given, (files) => files.read(target));
    this.#recordRead(target, bytes.length);
    return encoding === undefined ? bytes : bytes.toString(encoding);
  }

  /** Reads a file as UTF-8 text; throws as {@link readFile}. */
  async readText(path: string, options?: LiveOptions): Promise<string> {
    const { live } = checkOptions(options, ['live']);
    return this.readFile(path, { encoding: 'utf8', live });
  }

  /** The target of a symbolic link. @throws {FileSystemError} ENOENT, EINVAL */
  async readlink(path: string): Promise<string> {
    return this.reader.readlink(parsePath(path));
  }

  /**
   * Whether something is at `path`, links followed: false also for a path below a file and for a
   * link that cannot be followed. Without a path, whether the workspace itself still exists.
   */
  async exists(path?: string, options?: LiveOptions): Promise<boolean> {
    if (path === undefined) return this.core.exists();
    const given = checkOptions(options, ['live']);
    const target = parsePath(path);
    try {
      return this.#reading(given, (files) => files.info(target, FOLLOWED)) !== undefined;
    } catch (error) {
      if (error instanceof FileSystemError || error instanceof InvalidPathError) return false;
      throw error;
    }
  }

  /** What is at `path`, links followed. @throws {FileNotFoundError} {InvalidPathError} */
  async stat(path: string, options?: LiveOptions): Promise<FileInfo> {
    const target = parsePath(path);
    const given = checkOptions(options, ['live']);
    const info = this.#reading(given, (files) => files.info(target, FOLLOWED));
    if (info === undefined) throw notFound(target);
    return info;
  }

  /** What is at `path`; a link is described itself. @throws {FileNotFoundError} */
  async lstat(path: string, options?: LiveOptions): Promise<FileInfo> {
    const target = parsePath(path);
    const given = checkOptions(options, ['live']);
    const info = this.#reading(given, (files) => files.info(target, { followLast: false }));
    if (info === undefined) throw notFound(target);
    return info;
  }

  /**
   * What is in a directory, in the order of the names' bytes; with `recursive`, everything below.
   *
   * @throws {FileSystemError} ENOENT, ENOTDIR.
   */
  async listDir(
    path = '/',
    options?: LiveOptions & { readonly recursive?: boolean | undefined },
  ): Promise<FileInfo[]> {
    const given = checkOptions(options, ['recursive', 'live']);
    const recursive = checkBoolean('recursive', given.recursive) ?? false;
    const target = parsePath(path);
    return this.#reading(given, (files) => files.list(target, { recursive }));
  }

  /** The names in a directory, in the order of their bytes; throws as {@link listDir}. */
  async readdir(path = '/'): Promise<string[]> {
    return this.reader.list(parsePath(path), { recursive: false }).map((info) => info.name);
  }

  /**
   * A stream of a file's bytes, as the file is when reading begins; errors come through the stream.
   *
   * @param options - `end` is inclusive, as in node:fs.
   */
  createReadStream(path: string, options?: ReadStreamOptions): Readable {
    const target = parsePath(path);
    const range = checkRange(options);
    return openReadable(this.core, () => this.reader.findFile(target), range);
  }

  /** The bytes of a file, chunk by chunk; throws as {@link readFile} on the first step. */
  readStream(path: string, options?: ReadStreamOptions): AsyncIterable<Buffer> {
    const target = parsePath(path);
    const range = checkRange(options);
    return readPieces(this.core, () => this.reader.findFile(target), range);
  }

  /**
   * The workspace as a tar archive, made while it is read: files, directories and links with
   * permissions and times to the millisecond. Equal workspaces give equal bytes. What is ignored is
   * not in it. Shows the state at the moment when reading begins.
   *
   * @throws {SnapshotNotFoundError} SNAPSHOT_NOT_FOUND; {StorageError} through the stream.
   * @example await pipeline(workspace.exportTar(), createWriteStream('/tmp/agent-1.tar'));
   */
  exportTar(options?: ExportOptions): Readable {
    return exportTar(this.core, options);
  }

  /** Reads what the options say: the workspace, or the files of the command that runs in it. */
  #reading<T>(
    { live }: LiveOptions,
    read: (files: Pick<FileReader, 'read' | 'info' | 'list'>) => T,
  ): T {
    if (checkBoolean('live', live) !== true) return read(this.reader);
    using files = LiveFiles.open(this.core);
    return read(files ?? this.reader);
  }

  #recordRead(path: TreePath, size: number): void {
    const { engine, working } = this.core;
    if (!engine.config.get('security.audit_all_reads')) return;
    working.change((draft) => {
      draft.audit(auditRecord(engine, draft.now, { operation: 'read', path, metadata: { size } }));
    });
  }
}

function checkRange(options: ReadStreamOptions | undefined): ReadStreamOptions {
  const { start, end, highWaterMark } = checkOptions(options, ['start', 'end', 'highWaterMark']);
  return {
    start: checkCount('start', start),
    end: checkCount('end', end),
    highWaterMark: checkCount('highWaterMark', highWaterMark, 1),
  };
}
