/**
 * Brings what a command did in its own copy into the workspace, which may have been changed through
 * the API meanwhile: then paths that the command did not touch stay as they are now.
 */

import type { Entry } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { joinPath, parentPath, pathParts, ROOT, type TreePath } from '../../primitives/path.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import { diffTrees, type TreeDifference } from '../../tree/diff-trees.ts';
import { emptyDirectory, PendingTree } from '../../tree/pending-tree.ts';
import type { FileEffect } from '../core/audit-record.ts';

const DIRECTORY_MODE = 0o755;

/**
 * Applies the difference between two trees to a workspace.
 *
 * @param from - the tree that the command saw.
 * @param to - the tree that the command left.
 * @returns one effect for each path that changed in the workspace, parents first.
 */
export function applyCapturedTree(draft: Draft, from: ObjectId, to: ObjectId): FileEffect[] {
  const before = draft.fold().id;
  return replaceTree(draft, before === from ? to : mergeCaptured(draft, before, from, to));
}

/**
 * Makes `to` the tree of a workspace.
 *
 * @returns one effect for each path that changed, parents first.
 */
export function replaceTree(draft: Draft, to: ObjectId): FileEffect[] {
  const before = draft.fold().id;
  draft.moveTo(to);
  return [...diffTrees(draft.trees, before, to)].map(toEffect);
}

/** What a command left wins over what the API did to the same path. */
function mergeCaptured(draft: Draft, current: ObjectId, from: ObjectId, to: ObjectId): ObjectId {
  const { trees } = draft;
  const tree = new PendingTree(trees, current);
  const deleted: TreeDifference[] = [];
  for (const difference of diffTrees(trees, from, to)) {
    if (difference.after === undefined) deleted.push(difference);
    else put(tree, difference.path, difference.after);
  }
  // Deepest first, so that a directory goes only if the API has put nothing into it.
  for (const { path } of deleted.reverse()) {
    if (tree.get(path)?.kind === 'directory' && !isEmpty(tree, path)) continue;
    if (tree.get(path) !== undefined) tree.set(path, undefined);
  }
  return tree.fold().id;
}

function put(tree: PendingTree, path: TreePath, entry: Entry): void {
  let above = ROOT;
  for (const name of pathParts(parentPath(path))) {
    above = joinPath(above, name);
    if (tree.get(above)?.kind === 'directory') continue;
    tree.set(above, emptyDirectory(DIRECTORY_MODE, entry.mtime));
  }
  // The entries of a directory are differences of their own.
  if (entry.kind === 'directory') tree.setDirectory(path, entry.mode, entry.mtime);
  else tree.set(path, entry);
}

function isEmpty(tree: PendingTree, path: TreePath): boolean {
  return tree.list(path).next().done === true;
}

function toEffect({ path, before, after }: TreeDifference): FileEffect {
  return { operation: operationOf(before, after), path, before, after };
}

function operationOf(before: Entry | undefined, after: Entry | undefined): FileEffect['operation'] {
  if (before === undefined) return 'create';
  if (after === undefined) return 'delete';
  const isModeOnly =
    before.kind === after.kind && (after.kind === 'directory' || before.id === after.id);
  return isModeOnly ? 'chmod' : 'write';
}
