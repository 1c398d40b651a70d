/**
 * The base: the real project directory as a tree. A scan compares it with the stat index, stores
 * what has moved since, and records the new base tree.
 */

import { scanDirectory } from '../disk/scan.ts';
import type { IgnoredPath, ScanChange, ScanCounts, ScanWarning } from '../disk/scan-result.ts';
import type { Clock } from '../primitives/clock.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import { BASE_DIRECTORY } from '../store/stat-rows.ts';
import type { Store } from '../store/store.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import { EMPTY_TREE, type Trees } from '../tree/trees.ts';

/** What a scan of the base found. */
export interface BaseScan {
  /** The tree of the base as it is now. */
  readonly tree: ObjectId;
  /** Paths that are not versioned, the top-most ones; complete only after a full scan. */
  readonly ignored: readonly IgnoredPath[];
  /** Paths that could not be taken up, and why. */
  readonly warnings: readonly ScanWarning[];
}

/** How a scan is made. */
export interface BaseScanOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((counts: ScanCounts) => void) | undefined;
  /** Looks at these paths only, when the rest is known to be unchanged. */
  readonly paths?: readonly TreePath[] | undefined;
}

/** The base directory of one store. Its methods are for whoever holds the lease on the base. */
export class BaseDirectory {
  /** Absolute path. */
  readonly root: string;
  readonly #store: Store;
  readonly #trees: Trees;
  readonly #clock: Clock;
  readonly #ignore: readonly string[];

  /** @param ignore - patterns of the configuration. */
  constructor(root: string, store: Store, trees: Trees, clock: Clock, ignore: readonly string[]) {
    this.root = root;
    this.#store = store;
    this.#trees = trees;
    this.#clock = clock;
    this.#ignore = ignore;
  }

  /** The tree of the base as last scanned; undefined before the first scan. */
  get tree(): ObjectId | undefined {
    return this.#store.stats.directory(BASE_DIRECTORY)?.tree;
  }

  /**
   * Brings the base tree up to date. Only files that moved since the last scan are read.
   *
   * @throws {StorageError} when the content cannot be stored; {AgentFSError} ABORTED.
   */
  async scan(options: BaseScanOptions = {}): Promise<BaseScan> {
    const { stats, database } = this.#store;
    const writer = this.#store.contentWriter();
    try {
      const result = await scanDirectory({
        root: this.root,
        index: stats.load(BASE_DIRECTORY),
        sink: writer,
        emptyTree: EMPTY_TREE,
        ignore: this.#ignore,
        signal: options.signal,
        onProgress: options.onProgress,
        paths: options.paths,
      });
      const tree = database.transaction(() => {
        writer.settle();
        const known = this.tree;
        const next = this.#edited(known ?? EMPTY_TREE, result.changes);
        for (const { path, entry } of result.index) {
          if (entry === undefined) stats.delete(BASE_DIRECTORY, path);
          else stats.put(BASE_DIRECTORY, path, entry);
        }
        if (next !== known) {
          const scannedAt = this.#clock.now();
          stats.setDirectory(BASE_DIRECTORY, { tree: next, dirty: false, scannedAt });
        }
        return next;
      });
      return { tree, ignored: result.ignored, warnings: result.warnings };
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }

  #edited(tree: ObjectId, changes: readonly ScanChange[]): ObjectId {
    const pending = new PendingTree(this.#trees, tree);
    for (const { path, entry } of changes) {
      if (entry?.kind === 'directory') pending.setDirectory(path, entry.mode, entry.mtime);
      else pending.set(path, entry);
    }
    return pending.fold().id;
  }
}
