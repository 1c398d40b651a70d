/** The changes from one tree to another with their lines counted, at a cost that is bounded. */

import type { ObjectId } from '../primitives/object-id.ts';
import type { TreeStore } from '../tree/trees.ts';
import { diffChange } from './change-diff.ts';
import { type FileChange, toFileChange } from './changes.ts';
import { collectTreeChanges, type TreeChange } from './tree-changes.ts';

/** Changes whose lines are counted; those that follow have no counts. */
const MOST_COUNTED = 200;
/** Bytes of both sides of one change that are compared, and of all of them. */
const MOST_BYTES_EACH: number = 1024 * 1024;
const MOST_BYTES: number = 8 * MOST_BYTES_EACH;

/** The changes, renames as such, sorted by path; the first of them with counted lines. */
export function countedChanges(
  context: TreeStore,
  before: ObjectId,
  after: ObjectId,
): FileChange[] {
  let bytes = 0;
  return collectTreeChanges(context, before, after, { detectRenames: true }).map((each, index) => {
    const size = sizeOf(each);
    const isCounted = index < MOST_COUNTED && size <= MOST_BYTES_EACH && bytes + size <= MOST_BYTES;
    if (!isCounted) return toFileChange(each);
    bytes += size;
    return withCounts(context, each);
  });
}

function withCounts({ contents }: TreeStore, change: TreeChange): FileChange {
  const diff = diffChange(contents, change, { context: 0 });
  if (diff === undefined) return toFileChange(change);
  const { binary, linesAdded, linesRemoved } = diff;
  return { ...toFileChange(change), binary, linesAdded, linesRemoved };
}

function sizeOf(change: TreeChange): number {
  const before = 'before' in change ? change.before : undefined;
  const after = 'after' in change ? change.after : undefined;
  return [before, after].reduce(
    (sum, side) => sum + (side === undefined || side.kind === 'directory' ? 0 : side.size),
    0,
  );
}
