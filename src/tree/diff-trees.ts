/**
 * Differences between two trees, found by descending only where ids differ: the cost follows the
 * change, not the trees.
 */

import { type Entry, looksSame, sameEntry } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { joinPath, ROOT, type TreePath } from '../primitives/path.ts';
import { type Joined, joinByName } from './join.ts';
import type { Piece } from './node.ts';
import { EMPTY_TREE, type Trees } from './trees.ts';

/** A path at which two trees differ; a side is undefined where there is nothing. */
export interface TreeDifference {
  readonly path: TreePath;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** A name for which two directories differ; also in nothing but mtimes. */
export type EntryDifference = Joined<Entry, Entry>;

type NamedEntry = readonly [name: string, entry: Entry];

/**
 * The names for which two directories differ, in order, without looking into their
 * subdirectories. Pieces that both have are skipped unread.
 */
export function* diffDirectories(
  trees: Trees,
  before: ObjectId,
  after: ObjectId,
): IterableIterator<EntryDifference> {
  if (before === after) return;
  const [left, right] = withoutCommonPieces(trees, before, after);
  for (const difference of joinByName(left, right)) {
    if (differs(difference[1], difference[2])) yield difference;
  }
}

/**
 * Every path at which two trees differ, parents before children. Directories that exist on one side
 * only are named, and so is everything in them. A different mtime alone is no difference.
 */
export function diffTrees(
  trees: Trees,
  before: ObjectId,
  after: ObjectId,
): IterableIterator<TreeDifference> {
  return differences(trees, before, after, sameEntry);
}

/** The same, for who shows a tree as files: different mtimes of files and links count, too. */
export function diffShown(
  trees: Trees,
  before: ObjectId,
  after: ObjectId,
): IterableIterator<TreeDifference> {
  return differences(trees, before, after, looksSame);
}

function* differences(
  trees: Trees,
  before: ObjectId,
  after: ObjectId,
  isSame: typeof sameEntry,
): IterableIterator<TreeDifference> {
  const stack = [{ path: ROOT, differences: diffDirectories(trees, before, after) }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.differences.next();
    if (next.done) {
      stack.pop();
      continue;
    }
    const [name, left, right] = next.value;
    const path = joinPath(top.path, name);
    if (isChange(left, right, isSame)) yield { path, before: left, after: right };
    const leftTree = left?.kind === 'directory' ? left.id : EMPTY_TREE;
    const rightTree = right?.kind === 'directory' ? right.id : EMPTY_TREE;
    if (leftTree !== rightTree) {
      stack.push({ path, differences: diffDirectories(trees, leftTree, rightTree) });
    }
  }
}

/** Whether nothing differs between two trees but mtimes. */
export function sameTrees(trees: Trees, before: ObjectId, after: ObjectId): boolean {
  return diffTrees(trees, before, after).next().done === true;
}

/** Whether the entry itself changed; what is inside a directory does not count. */
function isChange(
  before: Entry | undefined,
  after: Entry | undefined,
  isSame: typeof sameEntry,
): boolean {
  if (before?.kind === 'directory' && after?.kind === 'directory')
    return before.mode !== after.mode;
  return !isSame(before, after);
}

function differs(before: Entry | undefined, after: Entry | undefined): boolean {
  return !sameEntry(before, after) || before?.mtime !== after?.mtime;
}

/** The entries of both directories but for those in pieces that both have. */
function withoutCommonPieces(
  trees: Trees,
  before: ObjectId,
  after: ObjectId,
): readonly [Iterable<NamedEntry>, Iterable<NamedEntry>] {
  const left = leafPieces(trees, before);
  const right = leafPieces(trees, after);
  if (left === undefined || right === undefined) {
    return [trees.entries(before), trees.entries(after)];
  }
  const leftIds = new Set(left.map((piece) => piece.id));
  const common = new Set(right.map((piece) => piece.id).filter((id) => leftIds.has(id)));
  return [entriesOf(trees, left, common), entriesOf(trees, right, common)];
}

function leafPieces(trees: Trees, directory: ObjectId): Piece[] | undefined {
  const node = trees.node(directory);
  return node.kind === 'leaf' ? undefined : [...trees.leaves(node)];
}

function* entriesOf(
  trees: Trees,
  pieces: readonly Piece[],
  skipped: ReadonlySet<ObjectId>,
): IterableIterator<NamedEntry> {
  for (const piece of pieces) if (!skipped.has(piece.id)) yield* trees.entries(piece.id);
}
