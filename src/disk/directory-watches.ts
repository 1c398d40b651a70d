/**
 * The kernel's watches on the directories of one tree: one for each directory, on its own entries
 * and not below them. Says what the kernel says, in its order, and never keeps the process alive.
 */

import { type FSWatcher, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { errorCode } from '../primitives/errors.ts';
import { joinPath, type TreePath } from '../primitives/path.ts';
import { isWithinAny } from './path-set.ts';

/** Hears of what happens in the directories. */
export interface WatchListener {
  /** Something has happened to the entry at the path, or to the directory there itself. */
  readonly onEvent: (path: TreePath) => void;
  /** Events may have been missed. */
  readonly onLoss: () => void;
}

/** Gone, no directory any more, or shut to us: there is nothing to watch now. */
const NOT_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

/** Watches directories one by one. */
export class DirectoryWatches {
  readonly #root: string;
  readonly #listener: WatchListener;
  readonly #watchers = new Map<TreePath, FSWatcher>();
  /** Where something else may be now than what is watched: a watch goes with what it was set on. */
  readonly #moved = new Set<TreePath>();

  /** @param root - absolute path of the tree. */
  constructor(root: string, listener: WatchListener) {
    this.#root = root;
    this.#listener = listener;
  }

  /**
   * Watches a directory from now on, if it can be opened; false when it is watched already.
   *
   * @throws an error of the system when it cannot be watched, such as for want of watches.
   */
  add(directory: TreePath): boolean {
    if (this.#watchers.has(directory)) return false;
    const path = join(this.#root, directory);
    try {
      const watcher = watch(path, { persistent: false }, (type, name) => {
        this.#hear(directory, basename(path), type, name);
      });
      watcher.on('error', () => {
        this.#moved.add(directory);
        this.#listener.onLoss();
      });
      this.#watchers.set(directory, watcher);
    } catch (error) {
      if (!NOT_THERE.has(errorCode(error) ?? '')) throw error;
    }
    return true;
  }

  /** Ends the watches on directories that were moved or removed, and on all below. */
  dropMoved(): void {
    if (this.#moved.size === 0) return;
    for (const [directory, watcher] of this.#watchers) {
      if (!isWithinAny(directory, this.#moved)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    this.#moved.clear();
  }

  /** Ends all watches. */
  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#moved.clear();
  }

  #hear(directory: TreePath, ownName: string, type: string, name: string | null): void {
    // The end of a directory comes under its own name, like an event of an entry of that name.
    const isItself = name === null || (type === 'rename' && name === ownName);
    const path = isItself ? directory : joinPath(directory, name);
    if (type === 'rename' && this.#watchers.has(path)) this.#moved.add(path);
    this.#listener.onEvent(path);
  }
}
