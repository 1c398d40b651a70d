/**
 * Open directories below one root, and the addresses of their entries. Where Linux's /proc is
 * there, every component is opened without following links and entries are named relative to the
 * open directory, so no concurrent rename can lead an operation out of the root. Elsewhere the
 * components are checked before and after, which leaves a gap that only a hostile process can hit.
 */

import { closeSync, constants, fstatSync, lstatSync, openSync, statSync } from 'node:fs';
import {
  AgentFSError,
  errorCode,
  FileSystemError,
  InvalidPathError,
} from '../primitives/errors.ts';
import {
  isWithin,
  joinPath,
  parentPath,
  pathParts,
  ROOT,
  type TreePath,
} from '../primitives/path.ts';

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OPEN_ROOT = constants.O_RDONLY | constants.O_DIRECTORY;
const MAX_HANDLES = 64;

/** What {@link DirectoryHandles} can be told. */
export interface HandleOptions {
  /** Open directories kept at most, 2 or more; 64 when absent. */
  readonly maxHandles?: number;
  /** False to do without /proc even where it is there. */
  readonly useProc?: boolean;
}

/** A bounded cache of open directories, least recently used out first. */
export class DirectoryHandles {
  readonly #root: string;
  readonly #rootDescriptor: number;
  readonly #viaProc: boolean;
  readonly #maxHandles: number;
  readonly #open = new Map<TreePath, number>();
  #pinned: TreePath = ROOT;
  #closed = false;

  /**
   * @param root - the absolute path of the root, which may itself be reached through links.
   * @param descriptor - the root, if it is open already; it is closed with the handles.
   */
  constructor(root: string, options: HandleOptions = {}, descriptor?: number) {
    this.#root = root;
    this.#maxHandles = options.maxHandles ?? MAX_HANDLES;
    this.#rootDescriptor = descriptor ?? openSync(root, OPEN_ROOT);
    this.#viaProc = options.useProc !== false && procShows(this.#rootDescriptor);
  }

  /** Opens a directory below, without following links; the caller closes it. */
  openDirectory(path: TreePath): number {
    const descriptor = openDirectory(this.locate(path), path);
    this.confirm(path);
    return descriptor;
  }

  /** Whether entries are named relative to open directories. */
  get viaProc(): boolean {
    return this.#viaProc;
  }

  /**
   * The name to give to a system call for the entry at `path`; valid until the next call.
   *
   * @throws {InvalidPathError} INVALID_PATH when a directory above is a symbolic link.
   * @throws {FileSystemError} ENOTDIR when it is a file; the system's own error when it is missing.
   */
  locate(path: TreePath): string {
    // With a dot, since the address of an open directory is itself a link.
    if (path === ROOT) return `${this.locateDirectory(ROOT)}/.`;
    return `${this.locateDirectory(parentPath(path))}/${path.slice(path.lastIndexOf('/') + 1)}`;
  }

  /** The names of two entries, both valid until the next call. */
  locatePair(first: TreePath, second: TreePath): [string, string] {
    const firstAddress = this.locate(first);
    this.#pinned = parentPath(first);
    try {
      return [firstAddress, this.locate(second)];
    } finally {
      this.#pinned = ROOT;
    }
  }

  /** The name of the directory at `path` itself, which lists it without following links. */
  locateDirectory(path: TreePath): string {
    if (this.#closed) throw new AgentFSError('CLOSED', 'The directory handle was closed.');
    if (this.#viaProc) return procPath(this.#descriptor(path));
    this.confirm(path);
    return path === ROOT ? this.#root : `${this.#root}/${path}`;
  }

  /** Without /proc: checks again that no component of the directory is a link. */
  confirm(directory: TreePath): void {
    if (this.#viaProc) return;
    let path = ROOT;
    for (const part of pathParts(directory)) {
      path = joinPath(path, part);
      if (!lstatSync(`${this.#root}/${path}`).isDirectory()) {
        throw notDirectory(path, `${this.#root}/${path}`, undefined);
      }
    }
  }

  /** Closes what is open at or below `path`, after it was removed or moved. */
  forget(path: TreePath): void {
    for (const [openPath, descriptor] of this.#open) {
      if (!isWithin(openPath, path)) continue;
      this.#open.delete(openPath);
      closeSync(descriptor);
    }
  }

  /** Closes everything; later calls throw CLOSED. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.forget(ROOT);
    closeSync(this.#rootDescriptor);
  }

  #descriptor(directory: TreePath): number {
    if (directory === ROOT) return this.#rootDescriptor;
    const cached = this.#touch(directory);
    if (cached !== undefined) return cached;
    const missing: TreePath[] = [];
    let path = directory;
    let descriptor: number | undefined;
    while (descriptor === undefined) {
      missing.push(path);
      path = parentPath(path);
      descriptor = path === ROOT ? this.#rootDescriptor : this.#touch(path);
    }
    for (const next of missing.reverse()) descriptor = this.#openBelow(descriptor, next);
    return descriptor;
  }

  /** Every step is kept, so that a deep tree is not walked from the root for each level. */
  #openBelow(parent: number, path: TreePath): number {
    const address = `${procPath(parent)}/${path.slice(path.lastIndexOf('/') + 1)}`;
    const descriptor = openDirectory(address, path);
    this.#open.set(path, descriptor);
    if (this.#open.size > this.#maxHandles) this.#evict(path);
    return descriptor;
  }

  #touch(path: TreePath): number | undefined {
    const descriptor = this.#open.get(path);
    if (descriptor === undefined) return undefined;
    this.#open.delete(path);
    this.#open.set(path, descriptor);
    return descriptor;
  }

  #evict(keep: TreePath): void {
    for (const [path, descriptor] of this.#open) {
      if (path === this.#pinned || path === keep) continue;
      this.#open.delete(path);
      closeSync(descriptor);
      return;
    }
  }
}

/** The address of an open file or directory in /proc. */
export function procPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

function openDirectory(address: string, path: TreePath): number {
  try {
    return openSync(address, OPEN_DIRECTORY);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
    throw notDirectory(path, address, error);
  }
}

function notDirectory(path: TreePath, address: string, cause: unknown): AgentFSError {
  const isLink = lstatSync(address, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (!isLink)
    return new FileSystemError('ENOTDIR', `ENOTDIR: '${path}' is not a directory`, { path, cause });
  return new InvalidPathError(`'${path}' is a symbolic link, and nothing is reached through one.`, {
    path,
    cause,
    hint: 'Replace the link by a directory, or name the place that it points to.',
  });
}

function procShows(descriptor: number): boolean {
  const seen = statSync(procPath(descriptor), { throwIfNoEntry: false });
  const opened = fstatSync(descriptor);
  return seen !== undefined && seen.ino === opened.ino && seen.dev === opened.dev;
}
