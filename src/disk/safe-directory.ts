/**
 * A real directory through which nothing is read or written outside it: operations on the entry at
 * a tree path that never follow a symbolic link, not even one that another process puts in the
 * place of a directory at that moment. Synchronous, and without any policy of its own.
 */

import {
  constants,
  type Dirent,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { AgentFSError, errorCode } from '../primitives/errors.ts';
import { joinPath, parentPath, pathParts, ROOT, type TreePath } from '../primitives/path.ts';
import { DirectoryHandles, type HandleOptions } from './directory-handles.ts';
import { diskError } from './disk-error.ts';
import { chmodChecked, chmodEntry } from './entry-mode.ts';
import { utimeOf } from './file-time.ts';
import { listNames, type NameList } from './list-names.ts';

// NONBLOCK: opening a FIFO would wait for a writer.
const OPEN_READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const OPEN_CREATE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * A root directory and the operations below it. Every path is one that `parsePath` has checked.
 * A directory that another process moves while it is in use is followed to where it went; one that
 * is replaced by a link is refused.
 *
 * All methods throw, besides what they name: {@link InvalidPathError} INVALID_PATH when a directory
 * above the path is a link, FileSystemError with the code that node:fs would give, StorageError
 * STORE_FULL or STORE_IO, and AgentFSError CLOSED after `close`.
 */
export class SafeDirectory {
  /** The absolute path that the directory was opened by. */
  readonly root: string;
  readonly #handles: DirectoryHandles;

  private constructor(root: string, handles: DirectoryHandles) {
    this.root = root;
    this.#handles = handles;
  }

  /**
   * Opens a root; links on the way to the root itself are followed.
   *
   * @param root - an absolute path.
   * @throws {AgentFSError} BASE_NOT_FOUND, BASE_NOT_DIRECTORY.
   */
  static open(root: string, options?: HandleOptions): SafeDirectory {
    try {
      return new SafeDirectory(root, new DirectoryHandles(root, options));
    } catch (error) {
      const code = errorCode(error);
      const fields = { path: root, cause: error, hint: 'Name an existing directory.' };
      if (code === 'ENOENT') {
        throw new AgentFSError('BASE_NOT_FOUND', `The directory '${root}' does not exist.`, fields);
      }
      if (code === 'ENOTDIR') {
        throw new AgentFSError('BASE_NOT_DIRECTORY', `'${root}' is not a directory.`, fields);
      }
      throw diskError(error, root, 'open');
    }
  }

  /**
   * Opens the directory at a path as a root of its own; the caller closes it.
   *
   * @throws {FileSystemError} ENOENT, ENOTDIR. {InvalidPathError} INVALID_PATH for a link.
   */
  enter(path: TreePath): SafeDirectory {
    const root = path === ROOT ? this.root : `${this.root}/${path}`;
    try {
      const descriptor = this.#handles.openDirectory(path);
      return new SafeDirectory(root, new DirectoryHandles(root, {}, descriptor));
    } catch (error) {
      throw diskError(error, path, 'open');
    }
  }

  /**
   * The address of the directory itself, which no rename leads elsewhere. Names below it are
   * followed through links as any path is: only for what nothing else can write to.
   */
  get location(): string {
    return this.#handles.locateDirectory(ROOT);
  }

  /** Whether links are ruled out by construction (Linux) rather than by checking. */
  get raceFree(): boolean {
    return this.#handles.viaProc;
  }

  /** The stats of the entry itself, or undefined when there is none. */
  lstat(path: TreePath): Stats | undefined {
    try {
      return lstatSync(this.#handles.locate(path), { throwIfNoEntry: false });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw diskError(error, path, 'stat');
    }
  }

  /** The same; undefined too where a part of the way has become a file or a link. */
  find(path: TreePath): Stats | undefined {
    try {
      return this.lstat(path);
    } catch (error) {
      if (NO_DIRECTORY.has(errorCode(error) ?? '')) return undefined;
      throw error;
    }
  }

  /** The bytes of a symbolic link's target. */
  readlink(path: TreePath): Buffer {
    return this.#at(path, 'read the link', (address) => readlinkSync(address, 'buffer'));
  }

  /** The names in a directory, in no order; a name that is not UTF-8 comes with U+FFFD. */
  list(path: TreePath): string[] {
    return this.#listing(path, (address) => readdirSync(address));
  }

  /** The same, with what is not UTF-8 apart. */
  names(path: TreePath): NameList {
    return this.#listing(path, listNames);
  }

  /** The same with the kind of each entry. */
  entries(path: TreePath): Dirent[] {
    return this.#listing(path, (address) => readdirSync(address, { withFileTypes: true }));
  }

  /** Opens for reading; never blocks, and the caller has to check that it is a regular file. */
  openRead(path: TreePath): number {
    return this.#at(path, 'open', (address) => openSync(address, OPEN_READ));
  }

  /**
   * Makes a file for writing where nothing is, with permission bits `mode` less the umask.
   *
   * @throws {FileSystemError} EEXIST when anything is there, a link included.
   */
  createExclusive(path: TreePath, mode: number): number {
    return this.#at(path, 'create', (address) => openSync(address, OPEN_CREATE, mode));
  }

  /** Moves an entry, replacing a file at `to` but never a directory that has entries. */
  rename(from: TreePath, to: TreePath): void {
    this.#between(from, to, 'rename', renameSync);
    this.#handles.forget(from);
  }

  /** Moves an entry to another directory on the same file system, as {@link rename} does. */
  moveTo(from: TreePath, target: SafeDirectory, to: TreePath): void {
    target.#at(to, 'move', (address) => renameSync(this.address(from), address));
    this.#handles.forget(from);
  }

  /** Gives a file a second name; throws EEXIST when anything is at `to`. */
  link(from: TreePath, to: TreePath): void {
    this.#between(from, to, 'link', linkSync);
  }

  /** Removes a file or link. */
  unlink(path: TreePath): void {
    this.#at(path, 'remove', (address) => unlinkSync(address));
  }

  /** Makes a directory with permission bits `mode` less the umask. */
  mkdir(path: TreePath, mode: number): void {
    this.#at(path, 'make the directory', (address) => mkdirSync(address, mode));
  }

  /** Makes the directories on the way to a path, and that one itself, where they are missing. */
  makePath(path: TreePath, mode: number): void {
    let above = ROOT;
    for (const name of pathParts(path)) {
      above = joinPath(above, name);
      if (this.lstat(above) === undefined) this.mkdir(above, mode);
    }
    this.#handles.locateDirectory(path);
  }

  /** Removes an empty directory. */
  rmdir(path: TreePath): void {
    this.#at(path, 'remove the directory', (address) => rmdirSync(address));
    this.#handles.forget(path);
  }

  /** Makes a symbolic link with this target text. */
  symlink(target: Uint8Array, path: TreePath): void {
    this.#at(path, 'link', (address) => symlinkSync(Buffer.from(target), address));
  }

  /**
   * Sets the permission bits of a file or directory, exactly, whatever they were.
   *
   * @throws {FileSystemError} EINVAL for a symbolic link.
   */
  chmod(path: TreePath, mode: number): void {
    const change = this.#handles.viaProc ? chmodEntry : chmodChecked;
    this.#at(path, 'change the mode of', (address) => change(address, mode));
  }

  /** Sets both times, of a link itself too, in milliseconds since 1970. */
  utimes(path: TreePath, mtimeMs: number): void {
    const time = utimeOf(mtimeMs);
    this.#at(path, 'set the times of', (address) => lutimesSync(address, time, time));
  }

  /** Opens a directory, to bring the names in it to stable storage; the caller closes it. */
  openDirectory(path: TreePath): number {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY;
    try {
      return openSync(this.#handles.locateDirectory(path), flags);
    } catch (error) {
      throw diskError(error, path, 'sync');
    }
  }

  /**
   * The address of an entry for one system call that does not follow links at its end; good until
   * the next call on this object.
   */
  address(path: TreePath): string {
    try {
      return this.#handles.locate(path);
    } catch (error) {
      throw diskError(error, path, 'reach');
    }
  }

  /** Drops what is open at or below `path`; needed after removing it by other means. */
  forget(path: TreePath): void {
    this.#handles.forget(path);
  }

  /** Closes every open directory; may be called again. */
  close(): void {
    this.#handles.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #at<T>(path: TreePath, action: string, operation: (address: string) => T): T {
    try {
      const result = operation(this.#handles.locate(path));
      this.#handles.confirm(parentPath(path));
      return result;
    } catch (error) {
      throw diskError(error, path, action);
    }
  }

  #listing<T>(path: TreePath, read: (address: string) => T): T {
    try {
      return read(this.#handles.locateDirectory(path));
    } catch (error) {
      throw diskError(error, path, 'list');
    }
  }

  #between(
    from: TreePath,
    to: TreePath,
    action: string,
    operation: (source: string, target: string) => void,
  ): void {
    try {
      operation(...this.#handles.locatePair(from, to));
      this.#handles.confirm(parentPath(to));
    } catch (error) {
      throw diskError(error, to, action);
    }
  }
}

const NO_DIRECTORY: ReadonlySet<string> = new Set(['ENOTDIR', 'INVALID_PATH']);
