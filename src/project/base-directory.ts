/**
 * The base: the real project directory as a tree. A scan compares it with the stat index, stores
 * what has moved since, and records the new base tree.
 */

import { statSync } from 'node:fs';
import type { IgnoreSettings } from '../disk/ignore-settings.ts';
import { scanDirectory } from '../disk/scan.ts';
import type { IgnoredPath, ScanCounts, ScanResult, ScanWarning } from '../disk/scan-result.ts';
import { treeAfterScan } from '../disk/scanned-tree.ts';
import type { StatIndex } from '../disk/stat-index.ts';
import type { Clock } from '../primitives/clock.ts';
import { AgentFSError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { ROOT, type TreePath } from '../primitives/path.ts';
import type { ContentWriter } from '../store/content-writer.ts';
import { BASE_DIRECTORY } from '../store/stat-rows.ts';
import type { Store } from '../store/store.ts';
import { EMPTY_TREE, type Trees } from '../tree/trees.ts';
import type { BaseWatch, ScanPlan } from './base-watch.ts';

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
  /** Looks at everything even where a watch says what has moved; default false. */
  readonly full?: boolean | undefined;
}

/** What a base directory is made of. */
export interface BaseDirectoryOptions {
  /** Absolute path. */
  readonly root: string;
  readonly store: Store;
  readonly trees: Trees;
  readonly clock: Clock;
  readonly ignore: IgnoreSettings;
  /** Says what has moved; without one every scan looks at everything. */
  readonly watch?: BaseWatch | undefined;
}

/** The base directory of one store. Call its methods only while holding the lease on the base. */
export class BaseDirectory {
  /** Absolute path. */
  readonly root: string;
  readonly #identity: string;
  readonly #store: Store;
  readonly #trees: Trees;
  readonly #clock: Clock;
  readonly #ignore: IgnoreSettings;
  readonly #watch: BaseWatch | undefined;

  constructor(options: BaseDirectoryOptions) {
    this.root = options.root;
    this.#identity = identityOf(options.root);
    this.#store = options.store;
    this.#trees = options.trees;
    this.#clock = options.clock;
    this.#ignore = options.ignore;
    this.#watch = options.watch;
  }

  /** The tree of the base as last scanned; undefined before the first scan. */
  get tree(): ObjectId | undefined {
    return this.#store.stats.directory(BASE_DIRECTORY)?.tree;
  }

  /**
   * Brings the base tree up to date. Only files that moved since the last scan are read.
   *
   * @throws {StorageError} when the content cannot be stored; {AgentFSError} ABORTED,
   *   BASE_NOT_FOUND when the directory was removed or replaced since the store was opened.
   */
  async scan(options: BaseScanOptions = {}): Promise<BaseScan> {
    this.requirePresent();
    const plan = await this.#plan(options);
    try {
      return await this.#scanPaths(options, plan.kind === 'paths' ? plan.paths : undefined);
    } catch (error) {
      this.#watch?.distrust();
      throw error;
    }
  }

  /**
   * Takes files into the base tree that no scan lists, as the rules ignore them; from now on they
   * are versioned.
   */
  async takeUp(paths: readonly TreePath[], signal?: AbortSignal): Promise<BaseScan> {
    this.noteNew(paths);
    return this.#scanPaths({ signal, includeIgnored: true }, paths);
  }

  /** Has the next scan look at these new paths, whether they are watched or not. */
  noteNew(paths: Iterable<TreePath>): void {
    this.#watch?.note(paths);
  }

  /** Stops watching. */
  close(): void {
    this.#watch?.close();
  }

  /**
   * Makes sure that the base is where it was: another directory must not be taken for it.
   *
   * @throws {AgentFSError} BASE_NOT_FOUND when it was removed or replaced.
   */
  requirePresent(): void {
    if (identityOf(this.root) === this.#identity) return;
    throw new AgentFSError('BASE_NOT_FOUND', `The project was removed or replaced: ${this.root}.`, {
      path: this.root,
      hint: 'Put the directory back, or open a new AgentFS on it.',
    });
  }

  async #plan({ full }: BaseScanOptions): Promise<ScanPlan> {
    if (full === true || this.tree === undefined) return { kind: 'everything' };
    return (await this.#watch?.plan()) ?? { kind: 'everything' };
  }

  async #scanPaths(
    options: BaseScanOptions & { readonly includeIgnored?: boolean },
    paths: readonly TreePath[] | undefined,
  ): Promise<BaseScan> {
    const { stats, database } = this.#store;
    if (!stats.isOwn(BASE_DIRECTORY)) database.transaction(() => stats.begin(BASE_DIRECTORY));
    const writer = this.#store.contentWriter();
    try {
      const index =
        paths === undefined ? stats.load(BASE_DIRECTORY) : stats.loadPaths(BASE_DIRECTORY, paths);
      const result = await scanDirectory({
        root: this.root,
        index,
        sink: writer,
        emptyTree: EMPTY_TREE,
        ignore: this.#ignore,
        signal: options.signal,
        onProgress: options.onProgress,
        paths,
        includeIgnored: options.includeIgnored,
      });
      const tree = this.#record(result, writer);
      await this.#watch?.follow(directoriesOf(index, result));
      return { tree, ignored: result.ignored, warnings: result.warnings };
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }

  /** Writes down what a scan found, index and tree together. */
  #record(result: ScanResult, writer: ContentWriter): ObjectId {
    const { stats, database } = this.#store;
    return database.transaction(() => {
      writer.settle();
      const known = this.tree;
      const next = treeAfterScan(this.#trees, known ?? EMPTY_TREE, result.changes);
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
  }
}

/** The directories that a scan has looked at, and those above; parents before what is in them. */
function directoriesOf(index: StatIndex, { index: updates, bare }: ScanResult): Set<TreePath> {
  const directories = new Set<TreePath>([ROOT, ...bare]);
  for (const [path, row] of index) if (row.kind === 'directory') directories.add(path);
  for (const { path, entry } of updates) {
    if (entry?.kind === 'directory') directories.add(path);
    else directories.delete(path);
  }
  return directories;
}

/** Tells a directory from any other; `''` when there is none. */
function identityOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.dev}:${stats.ino}`;
}
