/** The half of `fs` that asks about paths: what is there, what is in it, what happens to it. */

import { constants } from 'node:fs';
import { checkBoolean } from '../../primitives/arguments.ts';
import { type ErrorFields, FileSystemError } from '../../primitives/errors.ts';
import { parsePath, type TreePath } from '../../primitives/path.ts';
import { notFound } from '../files/file-errors.ts';
import type { FileInfo } from '../files/file-info.ts';
import { IgnoredFiles } from '../files/ignored-files.ts';
import { FileReader } from '../files/read-files.ts';
import type { WorkspaceFiles } from '../files/workspace-files.ts';
import {
  callOptions,
  type Encoded,
  encodedName,
  type PathLike,
  pathText,
} from './call-arguments.ts';
import { DirectoryEntry, OpenDirectory } from './directory.ts';
import { requireNoBigint } from './file-handle.ts';
import { FileStats } from './file-stats.ts';
import { type WatchEvent, type WatchPathOptions, watchPath } from './watch-path.ts';
import { WholeFiles } from './whole-files.ts';

/** How a directory is listed. */
export interface ReadDirectoryOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  readonly withFileTypes?: boolean | undefined;
  readonly recursive?: boolean | undefined;
}

/** Options of calls that return a name. */
export type Named = Encoded<{ readonly encoding?: BufferEncoding | 'buffer' | null | undefined }>;

/** Asks about paths as node:fs/promises does. */
export class PathQueries extends WholeFiles {
  /** @internal */
  protected readonly reader: FileReader;

  /** @internal */
  constructor(files: WorkspaceFiles) {
    super(files);
    this.reader = new FileReader(files.core, new IgnoredFiles(files.core.engine, files.core.uuid));
  }

  /** Resolves when the path may be used so. @throws {SystemCallError} ENOENT, EACCES, EROFS */
  async access(path: PathLike, mode: number = constants.F_OK): Promise<void> {
    this.call('access', path, (text) => {
      const info = this.info(parsePath(text), { followLast: true });
      const { core } = this.files;
      if ((mode & constants.W_OK) !== 0) core.requireWritable(core.view().row);
      const isMissing = (mode & constants.X_OK) !== 0 && info.isFile() && (info.mode & 0o111) === 0;
      if (isMissing) throw notExecutable({ path: text });
    });
  }

  /** What is at a path, links followed. @throws {SystemCallError} ENOENT, ENOTDIR, ELOOP */
  async stat(path: PathLike, options?: { readonly bigint?: false }): Promise<FileStats> {
    requireNoBigint(options);
    return this.call(
      'stat',
      path,
      (text) => new FileStats(this.info(parsePath(text), { followLast: true })),
    );
  }

  /** What is at a path; a link is described itself. @throws {SystemCallError} ENOENT, ENOTDIR */
  async lstat(path: PathLike, options?: { readonly bigint?: false }): Promise<FileStats> {
    requireNoBigint(options);
    return this.call(
      'lstat',
      path,
      (text) => new FileStats(this.info(parsePath(text), { followLast: false })),
    );
  }

  /** What is in a directory. @throws {SystemCallError} ENOENT, ENOTDIR */
  async readdir(
    path: PathLike,
    options: ReadDirectoryOptions & { readonly withFileTypes: true },
  ): Promise<DirectoryEntry[]>;
  async readdir(
    path: PathLike,
    options: { readonly encoding: 'buffer'; readonly recursive?: boolean } | 'buffer',
  ): Promise<Buffer[]>;
  async readdir(
    path: PathLike,
    options?: Encoded<ReadDirectoryOptions & { readonly withFileTypes?: false }>,
  ): Promise<string[]>;
  async readdir(
    path: PathLike,
    options?: Encoded<ReadDirectoryOptions> | 'buffer',
  ): Promise<(string | Buffer)[] | DirectoryEntry[]> {
    const { encoding, withFileTypes, recursive } = callOptions<ReadDirectoryOptions>(
      options as Encoded<ReadDirectoryOptions>,
    );
    const isDeep = checkBoolean('recursive', recursive) ?? false;
    const found = this.call('scandir', path, (text) => this.#list(text, isDeep));
    if (withFileTypes !== true) return found.map(({ name }) => encodedName(name, encoding));
    const parent = pathText(path).replace(/(?<=.)\/+$/, '');
    return found.map(({ name, info }) => {
      const above = name.slice(0, Math.max(name.lastIndexOf('/'), 0));
      const where = above === '' ? parent : `${parent === '/' ? '' : parent}/${above}`;
      return new DirectoryEntry(info.name, where, info.kind);
    });
  }

  /** Opens a directory to be read entry by entry. @throws {SystemCallError} ENOENT, ENOTDIR */
  async opendir(
    path: PathLike,
    options?: { readonly recursive?: boolean },
  ): Promise<OpenDirectory> {
    const given = callOptions(options);
    const entries = await this.readdir(path, { ...given, withFileTypes: true } as never);
    return new OpenDirectory(pathText(path), entries as never);
  }

  /** The target of a symbolic link. @throws {SystemCallError} ENOENT, EINVAL */
  async readlink(path: PathLike, options?: Named): Promise<string> {
    const { encoding } = callOptions(options);
    const target = this.call('readlink', path, (text) => this.reader.readlink(parsePath(text)));
    return encodedName(target, encoding) as string;
  }

  /** The path without links. @throws {SystemCallError} ENOENT, ELOOP */
  async realpath(path: PathLike, options?: Named): Promise<string> {
    const { encoding } = callOptions(options);
    const info = this.call('realpath', path, (text) =>
      this.info(parsePath(text), { followLast: true }),
    );
    return encodedName(`/${info.path}`, encoding) as string;
  }

  /** What happens at a path from now on. @throws {SystemCallError} ENOENT; the signal's reason */
  watch(path: PathLike, options?: Encoded<WatchPathOptions>): AsyncIterable<WatchEvent> {
    const given = callOptions(options) as WatchPathOptions;
    return this.call('watch', path, (text) => {
      const { path: target } = this.info(parsePath(text), { followLast: true });
      return watchPath(this.files.core, target, given);
    });
  }

  /** @internal */
  protected info(path: TreePath, how: { readonly followLast: boolean }): FileInfo {
    const info = this.reader.info(path, how);
    if (info === undefined) throw notFound(path);
    return info;
  }

  #list(path: string, recursive: boolean): { readonly name: string; readonly info: FileInfo }[] {
    const { path: directory } = this.info(parsePath(path), { followLast: true });
    const start = directory === '' ? 0 : directory.length + 1;
    const found = this.reader.list(directory as TreePath, { recursive });
    return found.map((info) => ({ name: info.path.slice(start), info }));
  }
}

function notExecutable(fields: ErrorFields): FileSystemError {
  const hint = 'Make it executable with chmod().';
  return new FileSystemError('EACCES', 'EACCES: permission denied', { ...fields, hint });
}
