/** Keeps conflicts that a rebase or merge has marked in a file from being committed as they are. */

import type { ObjectId } from '../../primitives/object-id.ts';
import { describeVersions } from '../../snapshot/conflict.ts';
import { CommitError } from '../../snapshot/merge-errors.ts';
import { hasMarkers, MAX_MERGE_BYTES } from '../../snapshot/text-merge.ts';
import { diffTrees } from '../../tree/diff-trees.ts';
import type { Engine } from '../core/engine.ts';

/** @throws {CommitError} CONFLICT when a file of what is to be committed still has markers. */
export function refuseMarkers(
  { trees, objects: { contents } }: Engine,
  fork: ObjectId,
  committed: ObjectId,
): void {
  const conflicts = [];
  for (const { path, before, after } of diffTrees(trees, fork, committed)) {
    if (after?.kind !== 'file' || after.size > MAX_MERGE_BYTES) continue;
    if (!hasMarkers(contents.read(after))) continue;
    const versions = { base: before, ours: after, theirs: before };
    conflicts.push(describeVersions(path, 'both-modified', versions));
  }
  const [first] = conflicts;
  if (first === undefined) return;
  const message = `'${first.path}' still has the markers of a conflict.`;
  throw new CommitError('CONFLICT', message, {
    path: first.path,
    hint: 'Edit what stands between <<<<<<< and >>>>>>> in the workspace, or undo the rebase.',
    conflicts,
  });
}
