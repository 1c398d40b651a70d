/** What a scan hands back, and the ledger in which the walk writes it down. */

import type { Entry } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { compareNames, ROOT, type TreePath } from '../primitives/path.ts';
import { isWithinAny } from './path-set.ts';
import { directoryRow, type IndexEntry, type StatIndex } from './stat-index.ts';

/**
 * A path whose kind, mode, content or, of a file or link, mtime differs from the index; `entry` is
 * undefined when it is gone. A directory comes with the id of the empty tree: its entries are changes of their own.
 */
export interface ScanChange {
  readonly path: TreePath;
  readonly entry: Entry | undefined;
}

/** A path that the scan left out, or whose rules it did, and why. */
export interface ScanWarning {
  /** Relative to the root; a name that is not UTF-8 is shown with U+FFFD. */
  readonly path: string;
  readonly kind: ScanWarningKind;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * Why a path was left out: no file system name a tree can hold (`name`, `non-utf8`, `too-long`), no
 * file, directory or link (`special`), no permission or a failing disk (`unreadable`), above the
 * size limit (`too-large`), or never still long enough to be read (`unstable`). With `rules` it is
 * what an ignore file says that was left out.
 */
export type ScanWarningKind =
  | 'name'
  | 'non-utf8'
  | 'too-long'
  | 'special'
  | 'unreadable'
  | 'too-large'
  | 'unstable'
  | 'rules';

/** The top-most path of something that is not versioned; of a directory, all that is in it. */
export interface IgnoredPath {
  readonly path: TreePath;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** `reserved` for `.git`, which no rule can bring in. */
  readonly reason: 'rules' | 'reserved';
}

/** A row to write to the index, or to remove where `entry` is undefined. */
export interface IndexUpdate {
  readonly path: TreePath;
  readonly entry: IndexEntry | undefined;
}

/** How far a scan is, and at the end what it did. */
export interface ScanCounts {
  /** Files and links that were looked at. */
  readonly files: number;
  /** Bytes of content that were read. */
  readonly bytes: number;
  /** Files and links whose content went to the sink. */
  readonly stored: number;
}

/** The difference between a directory and its index. */
export interface ScanResult extends ScanCounts {
  /** First what is gone, deepest first; then the rest, parents before their entries. */
  readonly changes: readonly ScanChange[];
  /** Rows that the index needs, refreshed times included; a row more than `changes` says nothing. */
  readonly index: readonly IndexUpdate[];
  readonly ignored: readonly IgnoredPath[];
  /** Directories that are new and hold only ignored content: what comes there may be versioned. */
  readonly bare: readonly TreePath[];
  readonly warnings: readonly ScanWarning[];
}

/** Collects what a walk finds. A tracked path that is neither seen nor kept counts as gone. */
export class ScanLedger {
  readonly #index: StatIndex;
  readonly #emptyTree: ObjectId;
  readonly #seen = new Set<TreePath>();
  readonly #keptDirectories = new Set<TreePath>();
  readonly #changes: ScanChange[] = [];
  readonly #updates: IndexUpdate[] = [];
  readonly #ignored: IgnoredPath[] = [];
  readonly #bare: TreePath[] = [];
  readonly #warnings: ScanWarning[] = [];
  #untracked = 0;
  #files = 0;
  #bytes = 0;
  #stored = 0;

  constructor(index: StatIndex, emptyTree: ObjectId) {
    this.#index = index;
    this.#emptyTree = emptyTree;
  }

  get counts(): ScanCounts {
    return { files: this.#files, bytes: this.#bytes, stored: this.#stored };
  }

  /** The path is there and is what the index says. */
  unchanged(path: TreePath): void {
    this.#files++;
    this.#seen.add(path);
  }

  /** The path is there; the index gets the row, and the tree the entry if it differs. */
  content(path: TreePath, row: IndexEntry, contentSize: number): void {
    this.#files++;
    this.#stored++;
    this.#bytes += contentSize;
    this.#seen.add(path);
    this.#updates.push({ path, entry: row });
    const before = this.#index.get(path);
    if (before === undefined) this.#untracked++;
    const { kind, mode, id } = row;
    const mtime = Math.trunc(row.mtimeMs);
    const isSame = before?.kind === kind && before.mode === mode && before.id === id;
    if (isSame && Math.trunc(before.mtimeMs) === mtime) return;
    this.#changes.push({ path, entry: { kind, mode, mtime, size: contentSize, files: 1, id } });
  }

  /** A directory is there. `mtimeMs` only counts for a new one. */
  directory(path: TreePath, mode: number, mtimeMs: number): void {
    this.#seen.add(path);
    const before = this.#index.get(path);
    if (before === undefined) this.#untracked++;
    const known = before?.kind === 'directory' ? before : undefined;
    if (known?.mode === mode) return;
    const row = directoryRow(mode, known?.mtimeMs ?? mtimeMs, this.#emptyTree);
    const mtime = Math.trunc(row.mtimeMs);
    this.#updates.push({ path, entry: row });
    this.#changes.push({
      path,
      entry: { kind: 'directory', mode, mtime, size: 0, files: 0, id: this.#emptyTree },
    });
  }

  /** The path could not be looked at: what is known of it, and of everything below, stays. */
  keep(path: TreePath): void {
    const row = this.#index.get(path);
    if (row === undefined) return;
    this.#seen.add(path);
    if (row.kind === 'directory') this.#keptDirectories.add(path);
  }

  ignored(path: TreePath, kind: IgnoredPath['kind'], reason: IgnoredPath['reason']): void {
    this.#ignored.push({ path, kind, reason });
  }

  /** How many paths were found so far that are versioned, or stay so. */
  get found(): number {
    return this.#seen.size;
  }

  /** How many ignored paths there are so far. */
  get ignoredCount(): number {
    return this.#ignored.length;
  }

  /** A new directory holds nothing but the ignored paths from the number `first` on. */
  bare(path: TreePath, first: number): void {
    const rest = this.#ignored.length - first;
    this.#ignored.splice(first, rest, { path, kind: 'directory', reason: 'rules' });
    this.#bare.push(path);
  }

  warn(path: string, kind: ScanWarningKind, message: string): void {
    this.#warnings.push({ path, kind, message });
  }

  /** The result, for a scan that looked at everything at or below the `roots`. */
  result(roots: readonly TreePath[]): ScanResult {
    const gone = this.#gone(roots).sort((left, right) => compareNames(right, left));
    const deletions = gone.map((path) => ({ path, entry: undefined }));
    // A path that turned from a directory into a file is a put; only what lay below is deleted.
    const puts = this.#changes.sort((left, right) => compareNames(left.path, right.path));
    return {
      changes: [...deletions, ...puts],
      index: [...deletions, ...this.#updates],
      ignored: this.#ignored,
      bare: this.#bare,
      warnings: this.#warnings,
      ...this.counts,
    };
  }

  #gone(roots: readonly TreePath[]): TreePath[] {
    // Everything was seen, as nearly always.
    if (this.#seen.size - this.#untracked === this.#index.size) return [];
    const gone: TreePath[] = [];
    for (const path of this.#trackedWithin(roots)) {
      if (!this.#seen.has(path) && !isWithinAny(path, this.#keptDirectories)) gone.push(path);
    }
    return gone;
  }

  /** Goes through the whole index only when a root is known as a directory. */
  *#trackedWithin(roots: readonly TreePath[]): Generator<TreePath> {
    const directories = new Set<TreePath>();
    for (const root of roots) {
      const row = this.#index.get(root);
      if (root === ROOT || row?.kind === 'directory') directories.add(root);
      else if (row !== undefined) yield root;
    }
    if (directories.size === 0) return;
    for (const path of this.#index.keys()) {
      if (isWithinAny(path, directories)) yield path;
    }
  }
}
