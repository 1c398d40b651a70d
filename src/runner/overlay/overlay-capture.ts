/**
 * Finds out what a command has changed, from its upper layer alone. The layer tells which paths to
 * look at; what they are now is read from the merged view, by the scan that the directory strategy
 * uses too, so that both capture the same.
 */

import type { Stats } from 'node:fs';
import type { IgnoreSettings } from '../../disk/ignore-settings.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { scanDirectory } from '../../disk/scan.ts';
import { describeProblem } from '../../disk/scan-problem.ts';
import type { ScanChange } from '../../disk/scan-result.ts';
import { directoryRow, entryMode, type IndexEntry } from '../../disk/stat-index.ts';
import { runInSlices, type Steps } from '../../disk/time-slices.ts';
import type { Clock } from '../../primitives/clock.ts';
import type { Entry } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import type { ContentWriter } from '../../store/content-writer.ts';
import { PendingTree } from '../../tree/pending-tree.ts';
import { EMPTY_TREE, type Trees } from '../../tree/trees.ts';
import { shownEntry, withExecuteBits } from '../layers/execute-bits.ts';
import type { IgnoredView } from '../layers/ignored-view.ts';
import { isWhiteout } from '../layers/whiteouts.ts';
import type { RunWarning } from '../strategy.ts';
import { findIgnoredChanges, type IgnoredFindings, namesIn } from './ignored-changes.ts';

/** What is captured, and from where. */
export interface CaptureSource {
  readonly trees: Trees;
  readonly clock: Clock;
  readonly upper: SafeDirectory;
  /** What the command found of ignored content. */
  readonly lower: IgnoredView;
  /** The tree that was shown, at last. */
  readonly tree: ObjectId;
  /** Where that differs from what the layers below show: it was brought in while commands ran. */
  readonly brought: readonly TreePath[];
  /** What the command saw, without other mounts in it. */
  readonly merged: SafeDirectory;
  readonly ignore: IgnoreSettings;
  readonly allowBinaries: boolean;
}

/** What a command has changed. */
export interface UpperChanges {
  readonly changes: readonly ScanChange[];
  readonly ignored: IgnoredFindings;
  readonly warnings: readonly RunWarning[];
}

/**
 * Compares an upper layer with the tree underneath; the cost follows what is in the layer. No
 * process may be writing to it.
 *
 * @throws {StorageError} when content cannot be stored.
 */
export async function captureUpper(
  source: CaptureSource,
  writer: ContentWriter,
): Promise<UpperChanges> {
  const walk = new UpperWalk(source);
  await runInSlices(walk.steps());
  const { clock, ignore, merged } = source;
  const scanned =
    walk.touched.length === 0
      ? { changes: [], ignored: [], warnings: [] }
      : await scanDirectory({
          root: merged.location,
          index: walk.index,
          sink: writer,
          emptyTree: EMPTY_TREE,
          ignore,
          paths: walk.touched,
          quiescent: true,
          clock,
        });
  const ignored = await runInSlices(findIgnoredChanges(source, walk, scanned.ignored));
  return {
    changes: withExecuteBits(source, [...walk.changes, ...scanned.changes]),
    ignored,
    warnings: [...walk.warnings, ...scanned.warnings],
  };
}

/** The part of an upper layer that lies over the tree. */
class UpperWalk {
  /** Deletions and modes of directories: what needs no further look. */
  readonly changes: ScanChange[] = [];
  readonly warnings: RunWarning[] = [];
  /** Paths that have to be looked at, with everything below them. */
  readonly touched: TreePath[] = [];
  /** Paths that the command has removed, or put something else than a directory at. */
  readonly hidden: TreePath[] = [];
  /** Directories that it may have replaced. */
  readonly replaced: TreePath[] = [];
  /** What the tree has there, and above. */
  readonly index = new Map<TreePath, IndexEntry>();
  readonly #source: CaptureSource;
  readonly #pending: [path: TreePath, node: ObjectId][] = [];

  constructor(source: CaptureSource) {
    this.#source = source;
  }

  *steps(): Steps<void> {
    // What was brought in and is gone has left no trace in the layer.
    for (const path of this.#source.brought) {
      const before = this.#source.trees.lookup(this.#source.tree, path);
      this.#touch(path, this.#source.upper.find(path), before);
    }
    this.#pending.push([ROOT, this.#source.tree]);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const [directory, node] = next;
      const { names, undecodable } = this.#source.upper.names(directory);
      for (const name of undecodable) {
        const message = describeProblem('non-utf8');
        this.warnings.push({ path: joinPath(directory, name), kind: 'non-utf8', message });
      }
      for (const name of names) {
        this.#look(joinPath(directory, name), this.#source.trees.entry(node, name));
        yield 0;
      }
    }
  }

  #look(path: TreePath, before: Entry | undefined): void {
    const stats = this.#source.upper.lstat(path);
    if (stats === undefined) return;
    if (isWhiteout(stats)) {
      this.hidden.push(path);
      if (before !== undefined) this.changes.push({ path, entry: undefined });
    } else if (stats.isDirectory() && before?.kind === 'directory' && this.#merges(path, before)) {
      this.#enter(path, before, entryMode('directory', stats));
    } else {
      this.#touch(path, stats, before);
    }
  }

  #enter(path: TreePath, before: Entry, mode: number): void {
    if (mode !== before.mode) this.changes.push({ path, entry: { ...before, ...EMPTY, mode } });
    // With the mode that it has: its change is reported above, and not by the scan again.
    this.index.set(path, directoryRow(mode, before.mtime, EMPTY_TREE));
    this.#pending.push([path, before.id]);
  }

  /**
   * Whether a directory of the upper layer lets the one below shine through, or has replaced it.
   * The mark of the latter cannot be read by plain means; but a name that only the lower one has is
   * seen in the first case and not in the second. Without such a name, it makes no difference.
   */
  #merges(path: TreePath, before: Entry): boolean {
    const { trees, merged } = this.#source;
    const upper = namesIn(this.#source.upper, path);
    if (upper === undefined) return false;
    for (const [name] of trees.entries(before.id)) {
      if (!upper.has(name)) return isThere(merged, joinPath(path, name));
    }
    return true;
  }

  #touch(path: TreePath, stats: Stats | undefined, before: Entry | undefined): void {
    this.touched.push(path);
    if (stats !== undefined) (stats.isDirectory() ? this.replaced : this.hidden).push(path);
    if (before === undefined) return;
    this.#track(path, before);
    if (before.kind !== 'directory') return;
    for (const [below, entry] of new PendingTree(this.#source.trees, before.id).walk()) {
      this.#track(`${path}/${below}` as TreePath, entry);
    }
  }

  #track(path: TreePath, entry: Entry): void {
    const { kind, mode, mtime, size, id } = shownEntry(entry, this.#source.allowBinaries);
    const row =
      kind === 'directory'
        ? directoryRow(mode, mtime, EMPTY_TREE)
        : { kind, mode, size, mtimeMs: mtime, ctimeMs: 0, inode: 0, racy: true, id };
    this.index.set(path, row);
  }
}

const EMPTY = { size: 0, files: 0, id: EMPTY_TREE } as const;

function isThere(root: SafeDirectory, path: TreePath): boolean {
  return root.find(path) !== undefined;
}
