/** Brings a tree into the base directory and records that in the store, both or neither. */

import { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { TreePath } from '../../primitives/path.ts';
import { type AppliedChange, applyToBase } from '../../project/apply.ts';
import { BASE_DIRECTORY } from '../../store/stat-rows.ts';
import { diffTrees, type TreeDifference } from '../../tree/diff-trees.ts';
import { PendingTree } from '../../tree/pending-tree.ts';
import type { Engine } from '../core/engine.ts';

/** A tree for the base. */
export interface Landing<T extends object> {
  /** The tree of the base as it was just scanned. */
  readonly before: ObjectId;
  /** What it is to be. */
  readonly wanted: ObjectId;
  readonly allowOutsideSymlinks: boolean;
  readonly signal?: AbortSignal | undefined;
  /**
   * Records it in the durable transaction that makes it final; `after` is `wanted` with the times
   * that the files have on disk.
   */
  readonly record: (after: ObjectId) => T;
}

/** A tree that is in the base now. */
export interface Landed<T extends object> {
  /** What `record` returned. */
  readonly recorded: T;
  /** For people. */
  readonly warnings: readonly string[];
}

/**
 * Changes the base from `before` to `wanted`. The caller holds the lease on the base.
 *
 * @throws as `applyToBase`.
 */
export async function landTree<T extends object>(
  engine: Engine,
  landing: Landing<T>,
): Promise<Landed<T>> {
  const { store, trees, clock } = engine;
  const { before, wanted, record } = landing;
  const changes = [...diffTrees(trees, before, wanted)];
  if (changes.length === 0) {
    const recorded = store.database.transaction(() => record(before), { durable: true });
    return { recorded, warnings: [] };
  }
  let recorded: T | undefined;
  const applied = await applyToBase(
    { store, root: engine.home, clock },
    {
      changes,
      indexed: (path) => store.stats.get(BASE_DIRECTORY, path),
      allowOutsideSymlinks: landing.allowOutsideSymlinks,
      signal: landing.signal,
      finish: (done) => {
        recorded = record(recordBase(engine, before, changes, done));
      },
    },
  );
  if (recorded === undefined) throw new Error('The change of the project was not recorded.');
  engine.base.noteNew(changes.filter((each) => each.before === undefined).map((each) => each.path));
  const kept = applied.kept.map(
    (path) => `The directory '${path}' stays: it holds what is not versioned.`,
  );
  const warnings = [...kept, ...applied.warnings.map(({ message }) => message)];
  return { recorded, warnings };
}

/** The files that a commit would add and that are on disk already, unversioned. */
export function hiddenTargets(engine: Engine, before: ObjectId, wanted: ObjectId): TreePath[] {
  const hidden: TreePath[] = [];
  using base = new Place(engine.home).open();
  for (const { path, before: old, after } of diffTrees(engine.trees, before, wanted)) {
    if (old !== undefined || after === undefined || after.kind === 'directory') continue;
    if (isFileOrLink(base, path)) hidden.push(path);
  }
  return hidden;
}

function isFileOrLink(base: SafeDirectory, path: TreePath): boolean {
  try {
    const stats = base.find(path);
    return stats?.isFile() === true || stats?.isSymbolicLink() === true;
  } catch {
    // It cannot be reached: what stands in the way is found when the base is changed.
    return false;
  }
}

/** Writes the base tree and its stat index as they are from now on. */
function recordBase(
  { store, trees, clock }: Engine,
  before: ObjectId,
  changes: readonly TreeDifference[],
  applied: AppliedChange,
): ObjectId {
  for (const { path, entry } of applied.rows) {
    if (entry === undefined) store.stats.delete(BASE_DIRECTORY, path);
    else store.stats.put(BASE_DIRECTORY, path, entry);
  }
  const tree = treeOnDisk(new PendingTree(trees, before), changes, applied).fold().id;
  store.stats.setDirectory(BASE_DIRECTORY, { tree, dirty: false, scannedAt: clock.now() });
  return tree;
}

/** Makes the changes in the tree as they came out on disk. */
function treeOnDisk(
  tree: PendingTree,
  changes: readonly TreeDifference[],
  applied: AppliedChange,
): PendingTree {
  const times = new Map(applied.rows.map(({ path, entry }) => [path, entry?.mtimeMs] as const));
  for (const { path, after } of changes) {
    const mtime = Math.trunc(times.get(path) ?? after?.mtime ?? 0);
    if (after?.kind === 'directory') tree.setDirectory(path, after.mode, mtime);
    else tree.set(path, after === undefined ? undefined : { ...after, mtime });
  }
  // Those that were to go and stay are there still, empty; outer ones come first.
  const kept = new Set(applied.kept);
  for (const { path, before } of changes) {
    if (before !== undefined && kept.has(path)) tree.setDirectory(path, before.mode, before.mtime);
  }
  return tree;
}
