/** Makes another tree that of a workspace, and tells what that changes. */

import type { Entry } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import { diffTrees, type TreeDifference } from '../../tree/diff-trees.ts';
import type { FileEffect } from '../core/audit-record.ts';

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
