/** A workspace in the shape of node:fs/promises, and of node:fs as far as that has promises or streams. */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { wrongType } from '../../primitives/errors.ts';
import { parsePath, type TreePath } from '../../primitives/path.ts';
import { alreadyExists, isDirectory, notDirectory } from '../files/file-errors.ts';
import type { WorkspaceFiles } from '../files/workspace-files.ts';
import {
  callOptions,
  newMode,
  type PathLike,
  pathText,
  permissionBits,
  timeOf,
} from './call-arguments.ts';
import { type CopyTreeOptions, copyTree } from './copy-tree.ts';
import { requireParent } from './open-file.ts';
import { type Named, PathQueries } from './path-queries.ts';
import { asSystemCallLater } from './system-error.ts';

const DIRECTORY_MODE = 0o777;

/**
 * The files of a workspace in the shape of `node:fs/promises`, for programs that take a file system.
 * Paths begin at the root of the workspace. Errors are those of node:fs, with `code`, `errno`,
 * `syscall` and `path`; their `cause` is what the workspace says.
 *
 * @example await git.init({ fs: workspace.fs, dir: '/', gitdir: '/repository' });
 */
export class NodeFs extends PathQueries {
  /** The same object, for programs that look for promises here. */
  readonly promises: this;
  /** Those of node:fs. */
  readonly constants: typeof constants = constants;

  /** @internal */
  constructor(files: WorkspaceFiles) {
    super(files);
    this.promises = this;
  }

  /** Changes permission bits. @throws {SystemCallError} ENOENT, EROFS */
  async chmod(path: PathLike, mode: number | string): Promise<void> {
    const bits = permissionBits(mode);
    await this.#change('chmod', path, (text) => this.files.chmod(text, bits));
  }

  /** Sets the time of the last change; a file has no other. @throws {SystemCallError} ENOENT */
  async utimes(
    path: PathLike,
    atime: number | string | Date,
    mtime: number | string | Date,
  ): Promise<void> {
    timeOf(atime, 'atime');
    const time = new Date(timeOf(mtime, 'mtime'));
    const handle = await this.open(path, 'r');
    await handle.utimes(time, time);
  }

  /** Makes a directory; with `recursive`, the path of the first one that was made. */
  async mkdir(
    path: PathLike,
    options?: { readonly recursive?: boolean; readonly mode?: number | string } | number | string,
  ): Promise<string | undefined> {
    const given = typeof options === 'object' && options !== null ? options : { mode: options };
    const { recursive = false } = given as { readonly recursive?: boolean };
    const mode = newMode(given.mode, DIRECTORY_MODE);
    return this.#change('mkdir', path, async (text) => {
      const missing = recursive ? this.#firstMissing(parsePath(text)) : undefined;
      await this.files.mkdir(text, { recursive, mode });
      return missing;
    });
  }

  /** Makes a directory with six random characters behind the prefix, and returns its path. */
  async mkdtemp(prefix: PathLike, options?: Named): Promise<string> {
    const path = `${pathText(prefix, 'prefix')}${randomBytes(3).toString('hex')}`;
    callOptions(options);
    await this.mkdir(path, { mode: 0o700 });
    return path;
  }

  /** Makes a symbolic link; the target is kept as it is. @throws {SystemCallError} EEXIST, ENOENT */
  async symlink(target: PathLike, path: PathLike, _type?: string | null): Promise<void> {
    const to = pathText(target, 'target');
    await this.#change('symlink', path, async (text) => {
      requireParent(this.reader, parsePath(text));
      await this.files.symlink(to, text);
    });
  }

  /** Copies a file. @throws {SystemCallError} ENOENT, EISDIR; EEXIST with COPYFILE_EXCL */
  async copyFile(source: PathLike, target: PathLike, mode = 0): Promise<void> {
    if (typeof mode !== 'number') throw wrongType('mode', 'a number', mode);
    const overwrite = (mode & constants.COPYFILE_EXCL) === 0;
    await this.#changeTwo('copyfile', source, target, async (from, to) => {
      requireParent(this.reader, parsePath(to));
      await this.files.copy(from, to, { overwrite, recursive: false });
    });
  }

  /** Copies a file, link or, with `recursive`, a directory. @throws {SystemCallError} as copyFile */
  async cp(source: PathLike, target: PathLike, options?: CopyTreeOptions): Promise<void> {
    const given = callOptions(options) as CopyTreeOptions;
    await this.#changeTwo('cp', source, target, (from, to) =>
      copyTree(this.files, from, to, given),
    );
  }

  /** Moves a file, link or directory. @throws {SystemCallError} ENOENT, EISDIR, ENOTEMPTY, EINVAL */
  async rename(source: PathLike, target: PathLike): Promise<void> {
    await this.#changeTwo('rename', source, target, async (from, to) => {
      requireParent(this.reader, parsePath(to));
      await this.files.move(from, to);
    });
  }

  /** Deletes a file or link. @throws {SystemCallError} ENOENT, EISDIR */
  async unlink(path: PathLike): Promise<void> {
    await this.#change('unlink', path, async (text) => {
      const info = this.info(parsePath(text), { followLast: false });
      if (info.isDirectory()) throw isDirectory(info.path);
      await this.files.delete(text);
    });
  }

  /** Deletes an empty directory, or with `recursive` one with all in it. */
  async rmdir(path: PathLike, options?: { readonly recursive?: boolean }): Promise<void> {
    const { recursive = false } = callOptions(options);
    await this.#change('rmdir', path, async (text) => {
      const info = this.info(parsePath(text), { followLast: false });
      if (!info.isDirectory()) throw notDirectory(info.path);
      await this.files.delete(text, { recursive });
    });
  }

  /** Deletes whatever is there. @throws {SystemCallError} ENOENT, EISDIR without `recursive` */
  async rm(
    path: PathLike,
    options?: { readonly recursive?: boolean; readonly force?: boolean },
  ): Promise<void> {
    const { recursive = false, force = false } = callOptions(options);
    await this.#change('rm', path, async (text) => {
      const info = this.reader.info(parsePath(text), { followLast: false });
      if (info?.isDirectory() === true && !recursive) throw isDirectory(info.path);
      await this.files.delete(text, { recursive, force });
    });
  }

  #firstMissing(path: TreePath): string | undefined {
    const parts = path.split('/');
    for (let i = 1; i <= parts.length; i++) {
      const above = parsePath(parts.slice(0, i).join('/'));
      const info = this.reader.info(above, { followLast: true });
      if (info === undefined) return `/${above}`;
      if (!info.isDirectory())
        throw i === parts.length ? alreadyExists(above) : notDirectory(above);
    }
    return undefined;
  }

  #change<T>(syscall: string, path: PathLike, action: (text: string) => Promise<T>): Promise<T> {
    const text = pathText(path);
    return asSystemCallLater({ syscall, path: text, changes: true }, () => action(text));
  }

  #changeTwo(
    syscall: string,
    source: PathLike,
    target: PathLike,
    action: (from: string, to: string) => Promise<void>,
  ): Promise<void> {
    const [path, dest] = [pathText(source, 'source'), pathText(target, 'target')];
    return asSystemCallLater({ syscall, path, dest, changes: true }, () => action(path, dest));
  }
}
