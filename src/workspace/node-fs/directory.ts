/** What is in a directory, in the shapes of `fs.Dirent` and `fs.Dir`. */

import type { EntryKind } from '../../primitives/entry.ts';
import { SystemCallError } from './system-error.ts';

/** One entry of a directory, in the shape of `fs.Dirent`. */
export class DirectoryEntry<Name extends string | Buffer = string> {
  readonly name: Name;
  /** The directory that it is in, as it was asked for. */
  readonly parentPath: string;
  /** The same as `parentPath`. */
  readonly path: string;
  readonly #kind: EntryKind;

  /** @internal */
  constructor(name: Name, parentPath: string, kind: EntryKind) {
    this.name = name;
    this.parentPath = parentPath;
    this.path = parentPath;
    this.#kind = kind;
  }

  isFile(): boolean {
    return this.#kind === 'file';
  }

  isDirectory(): boolean {
    return this.#kind === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.#kind === 'symlink';
  }

  isBlockDevice(): boolean {
    return false;
  }

  isCharacterDevice(): boolean {
    return false;
  }

  isFIFO(): boolean {
    return false;
  }

  isSocket(): boolean {
    return false;
  }
}

/** An open directory, in the shape of `fs.Dir`: it shows what was there when it was opened. */
export class OpenDirectory implements AsyncIterable<DirectoryEntry> {
  /** As it was opened. */
  readonly path: string;
  #entries: DirectoryEntry[] | undefined;

  /** @internal */
  constructor(path: string, entries: readonly DirectoryEntry[]) {
    this.path = path;
    this.#entries = [...entries].reverse();
  }

  /** The next entry; null at the end. @throws {SystemCallError} EBADF when it is closed */
  async read(): Promise<DirectoryEntry | null> {
    if (this.#entries === undefined) throw closed(this.path);
    return this.#entries.pop() ?? null;
  }

  /** @throws {SystemCallError} EBADF when it is closed already */
  async close(): Promise<void> {
    if (this.#entries === undefined) throw closed(this.path);
    this.#entries = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DirectoryEntry, undefined> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      await this[Symbol.asyncDispose]();
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entries = undefined;
  }
}

function closed(path: string): SystemCallError {
  return new SystemCallError('EBADF', { syscall: 'readdir', path });
}
