/**
 * A directory of agentfs's own, and how it is reached: from a directory that is open already,
 * component by component and through no link, whatever came with the project or a command has made.
 */

import { mkdirSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { errorCode } from '../primitives/errors.ts';
import { baseName, joinPath, parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import { removeTree } from './remove-tree.ts';
import { SafeDirectory } from './safe-directory.ts';
import { runInSlices, type SliceOptions } from './time-slices.ts';

const OWNER_ALL = 0o700;

/** Where to begin: a directory that is open for as long as the place is used, or a path to open. */
export type Start = SafeDirectory | string;

/** A directory that may or may not be there. */
export class Place {
  readonly #start: Start;
  readonly #below: TreePath;

  /** @param start - an absolute path is one that the user chose: links on the way to it count. */
  constructor(start: Start, below: TreePath = ROOT) {
    this.#start = start;
    this.#below = below;
  }

  /** Absolute path, to name it by. */
  get path(): string {
    return join(typeof this.#start === 'string' ? this.#start : this.#start.root, this.#below);
  }

  /** Its own name. */
  get name(): string {
    return basename(this.path);
  }

  /** A directory in this one, by its name or path. */
  at(path: string): Place {
    return new Place(this.#start, joinPath(this.#below, path));
  }

  /**
   * Opens the directory; the caller closes it.
   *
   * @throws {FileSystemError} ENOENT, ENOTDIR. {InvalidPathError} INVALID_PATH where a link is.
   */
  open(): SafeDirectory {
    using start = this.#begin();
    return start.enter(this.#below);
  }

  /** The same, or undefined when there is none. */
  openIfThere(): SafeDirectory | undefined {
    try {
      return this.open();
    } catch (error) {
      if (MISSING.has(errorCode(error) ?? '')) return undefined;
      throw error;
    }
  }

  /** Opens the directory, after making it for its owner alone where it is missing. */
  make(): SafeDirectory {
    if (typeof this.#start === 'string') {
      mkdirSync(this.#start, { recursive: true, mode: OWNER_ALL });
    }
    using start = this.#begin();
    start.makePath(this.#below, OWNER_ALL);
    return start.enter(this.#below);
  }

  /** The stats of what is there, itself a link or not; undefined when nothing is. */
  lstat(): Stats | undefined {
    using parent = this.#parent.openIfThere();
    return parent?.lstat(this.#last);
  }

  /** Whether there is something. */
  get exists(): boolean {
    return this.lstat() !== undefined;
  }

  /** Removes it with everything in it; does nothing when there is nothing. */
  async remove(options: SliceOptions = {}): Promise<void> {
    using parent = this.#parent.openIfThere();
    if (parent !== undefined) await runInSlices(removeTree(parent, this.#last), options);
  }

  get #parent(): Place {
    return new Place(this.#start, parentPath(this.#below));
  }

  get #last(): TreePath {
    return baseName(this.#below) as TreePath;
  }

  /** Opened again each time: directories that were opened before may be gone. */
  #begin(): SafeDirectory {
    return typeof this.#start === 'string'
      ? SafeDirectory.open(this.#start)
      : this.#start.enter(ROOT);
  }
}

const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'BASE_NOT_FOUND']);
