/**
 * What a tree stands for once it is written out. Objects are shared, so a few of them can mean more
 * directories than any disk holds, and listing or checking out such a tree would never end.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import type { TreeNode } from '../tree/node.ts';
import { corruptObject } from './payload.ts';

/** Most files, links and directories in a tree that comes from a remote. */
const MAX_TREE_ENTRIES = 50_000_000;

/**
 * Adds up a tree.
 *
 * @param read - the node of an id; undefined when it is one of a tree that was here before, of which
 *   the files count as they are given, and whatever directories it has as one.
 * @throws {SyncError} REMOTE_CORRUPT when it is more than {@link MAX_TREE_ENTRIES}.
 */
export function requireBounded(root: ObjectId, read: (id: ObjectId) => TreeNode | undefined): void {
  const counted = new Map<ObjectId, number>();
  const count = (id: ObjectId, files: number): number => {
    const known = counted.get(id);
    if (known !== undefined) return known;
    const node = read(id);
    let total = node === undefined ? files : 0;
    // Paths have at most 4,096 bytes, which bounds the depth.
    for (const below of node === undefined ? [] : partsOf(node)) {
      total += below.entries + (below.id === undefined ? 0 : count(below.id, below.files));
      if (total > MAX_TREE_ENTRIES) {
        throw corruptObject(root, `it stands for more than ${MAX_TREE_ENTRIES} entries`);
      }
    }
    counted.set(id, total);
    return total;
  };
  count(root, 0);
}

interface Part {
  /** The directory or piece; undefined for a file or link. */
  readonly id: ObjectId | undefined;
  /** What it is in itself: 0 for a piece. */
  readonly entries: number;
  readonly files: number;
}

function partsOf(node: TreeNode): Part[] {
  if (node.kind === 'index') {
    return node.pieces.map(({ id, files }) => ({ id, entries: 0, files }));
  }
  return [...node.entries.values()].map(({ kind, id, files }) => ({
    id: kind === 'directory' ? id : undefined,
    entries: 1,
    files,
  }));
}
