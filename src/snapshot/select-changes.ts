/** Takes some of the changes between two trees, for a commit of part of a workspace. */

import type { PathMatcher } from '../primitives/glob.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import { diffTrees, type TreeDifference } from '../tree/diff-trees.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import type { Trees } from '../tree/trees.ts';

/**
 * The tree `before` with those changes of `after` whose path is selected; its nodes are stored, so
 * this belongs in a transaction. A directory comes with what is selected in it, and goes when all
 * that was in it is selected and gone.
 */
export function selectChanges(
  trees: Trees,
  before: ObjectId,
  after: ObjectId,
  isSelected: PathMatcher,
): ObjectId {
  const differences = [...diffTrees(trees, before, after)];
  const chosen = choose(differences, isSelected);
  const tree = new PendingTree(trees, before);
  const removedDirectories: TreePath[] = [];
  for (const difference of differences) {
    if (isRemovedDirectory(difference)) removedDirectories.push(difference.path);
    else if (chosen.has(difference.path)) applyChosen(tree, difference);
  }
  // Deepest first: a directory may be empty only once those in it are gone.
  for (const path of removedDirectories.reverse()) {
    if (chosen.has(path) && tree.list(path).next().done === true) tree.set(path, undefined);
  }
  return tree.fold().id;
}

/** The selected paths, and the directories above them that come or may go with them. */
function choose(
  differences: readonly TreeDifference[],
  isSelected: PathMatcher,
): ReadonlySet<TreePath> {
  const byPath = new Map(differences.map((difference) => [difference.path, difference] as const));
  const chosen = new Set<TreePath>();
  for (const { path } of differences) {
    if (!isSelected(path)) continue;
    chosen.add(path);
    for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
      const difference = byPath.get(parent);
      if (difference === undefined || chosen.has(parent)) continue;
      const isNew = difference.after?.kind === 'directory' && difference.before === undefined;
      if (isNew || isRemovedDirectory(difference)) chosen.add(parent);
    }
  }
  return chosen;
}

function applyChosen(tree: PendingTree, { path, after }: TreeDifference): void {
  // What is in a new directory is chosen or not path by path.
  if (after?.kind === 'directory') tree.setDirectory(path, after.mode, after.mtime);
  else tree.set(path, after);
}

function isRemovedDirectory({ before, after }: TreeDifference): boolean {
  return before?.kind === 'directory' && after === undefined;
}
