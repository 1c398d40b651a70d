/**
 * The merge of a directory that one side removed while the other changed something in it. As in
 * git, what was added to it is kept, and what was changed in it is a conflict.
 */

import type { Entry } from '../primitives/entry.ts';
import { isWithin, joinPath, parentPath, pathParts, type TreePath } from '../primitives/path.ts';
import { diffTrees } from '../tree/diff-trees.ts';
import { emptyDirectory } from '../tree/pending-tree.ts';
import type { Trees } from '../tree/trees.ts';
import type { ConflictType, Versions } from './conflict.ts';
import type { RemovedDirectory } from './merge-entry.ts';
import type { MergeCollector } from './merge-outcome.ts';

type DeletionType = Extract<ConflictType, 'local-delete' | 'remote-delete'>;

/** Settles a directory that one side removed or replaced, and everything below it. */
export function mergeRemovedDirectory(
  trees: Trees,
  collector: MergeCollector,
  path: TreePath,
  versions: Versions,
  removed: RemovedDirectory,
): void {
  const { base, changed, replacement } = removed;
  if (replacement === undefined) {
    if (changed.mode === base.mode) mergeDeleted(trees, collector, path, versions, removed);
    else collector.takeSide(path, deletionType(versions), versions);
  } else if (leavesSomething(trees, base, changed)) {
    collector.takeSide(path, 'file-directory', versions);
  } else {
    collector.put(path, versions.ours, replacement);
  }
}

/** Keeps what was added to a deleted directory, and notes what was changed in it. */
function mergeDeleted(
  trees: Trees,
  collector: MergeCollector,
  path: TreePath,
  versions: Versions,
  { base, changed }: RemovedDirectory,
): void {
  const type = deletionType(versions);
  const changedSide = type === 'local-delete' ? 'theirs' : 'ours';
  const kept = new KeptDirectory(trees, collector, path, changed);
  let settled: TreePath | undefined;
  for (const { path: below, before, after } of diffTrees(trees, base.id, changed.id)) {
    if (after === undefined || (settled !== undefined && isWithin(below, settled))) continue;
    // What was added, or changed in its own mode, is settled with all that is in it.
    settled = below;
    const clashes = before !== undefined && isDirectory(before) === isDirectory(after);
    const at = joinPath(path, below);
    const side = collector.sideAt(at);
    if (clashes) collector.note(at, type, deletion(type, before, after), side);
    if (!clashes || side === changedSide) kept.add(below, after);
  }
  if (kept.isEmpty) collector.put(path, versions.ours, undefined);
}

function deletionType({ ours }: Versions): DeletionType {
  return ours === undefined ? 'local-delete' : 'remote-delete';
}

function deletion(type: DeletionType, base: Entry, changed: Entry): Versions {
  return type === 'local-delete'
    ? { base, ours: undefined, theirs: changed }
    : { base, ours: changed, theirs: undefined };
}

/** Whether anything was changed in, or added to, a directory: deletions leave nothing. */
function leavesSomething(trees: Trees, base: Entry, changed: Entry): boolean {
  if (changed.mode !== base.mode) return true;
  for (const difference of diffTrees(trees, base.id, changed.id)) {
    if (difference.after !== undefined) return true;
  }
  return false;
}

/** A directory that exists only as far as something in it is kept. */
class KeptDirectory {
  readonly #trees: Trees;
  readonly #collector: MergeCollector;
  readonly #path: TreePath;
  readonly #directory: Entry;
  readonly #made = new Set<TreePath>();

  /** @param directory - what stood at `path` with everything in it. */
  constructor(trees: Trees, collector: MergeCollector, path: TreePath, directory: Entry) {
    this.#trees = trees;
    this.#collector = collector;
    this.#path = path;
    this.#directory = directory;
  }

  /** Whether nothing was kept. */
  get isEmpty(): boolean {
    return this.#made.size === 0;
  }

  /** Keeps an entry at a path below the directory, and the directories above it. */
  add(below: TreePath, entry: Entry): void {
    let path = this.#path;
    let directory = this.#directory;
    this.#make(path, directory);
    for (const name of pathParts(parentPath(below))) {
      path = joinPath(path, name);
      directory = this.#trees.entry(directory.id, name) ?? directory;
      this.#make(path, directory);
    }
    this.#collector.set(joinPath(this.#path, below), entry);
  }

  #make(path: TreePath, { mode, mtime }: Entry): void {
    if (this.#made.has(path)) return;
    this.#made.add(path);
    this.#collector.set(path, emptyDirectory(mode, mtime));
  }
}

function isDirectory(entry: Entry): boolean {
  return entry.kind === 'directory';
}
