/** Turns what a scan found into a tree. */

import type { ObjectId } from '../primitives/object-id.ts';
import { compareNames } from '../primitives/path.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import type { Trees } from '../tree/trees.ts';
import type { ScanChange } from './scan-result.ts';

/**
 * The tree that differs from `tree` by the changes of a scan, its new nodes stored; belongs in a
 * transaction.
 */
export function treeAfterScan(
  trees: Trees,
  tree: ObjectId,
  changes: readonly ScanChange[],
): ObjectId {
  const pending = new PendingTree(trees, tree);
  // Parents first: setting a directory hides the changes below it that were made before.
  const ordered = [...changes].sort((left, right) => compareNames(left.path, right.path));
  for (const { path, entry } of ordered) {
    if (entry?.kind === 'directory') pending.setDirectory(path, entry.mode, entry.mtime);
    else pending.set(path, entry);
  }
  return pending.fold().id;
}
