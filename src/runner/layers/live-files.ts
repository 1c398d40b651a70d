/**
 * Brings what has changed in a workspace into files that commands are working with. What the
 * commands have changed themselves stays theirs until it is captured, and merged then.
 */

import { closeSync, fstatSync, readSync } from 'node:fs';
import { applyToDirectory, type PathChange } from '../../disk/materialise.ts';
import { isWithinAny } from '../../disk/path-set.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { IndexUpdate } from '../../disk/scan-result.ts';
import type { Clock } from '../../primitives/clock.ts';
import type { Entry } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { PendingChange } from '../../store/pending.ts';
import type { Store } from '../../store/store.ts';
import { diffShown } from '../../tree/diff-trees.ts';
import { editTree } from '../../tree/pending-tree.ts';
import { EMPTY_TREE, type Trees } from '../../tree/trees.ts';
import { shownEntry } from './execute-bits.ts';

/** Where commands work, and what is to come there. */
export interface LiveUpdate {
  /** Opened for this alone: the directories that it keeps open are where they were. */
  readonly root: SafeDirectory;
  readonly store: Store;
  readonly trees: Trees;
  readonly clock: Clock;
  readonly allowBinaries: boolean;
  /** The tree that the files were brought to before, and the one that they are to be brought to. */
  readonly from: ObjectId;
  readonly to: ObjectId;
}

/** What came of it. */
export interface LiveTree {
  /** What turns the tree that was wanted into the one that the commands have been shown. */
  readonly left: readonly PendingChange[];
  /** What the index of the directory needs to know. */
  readonly rows: readonly IndexUpdate[];
}

const PIECE_BYTES = 64 * 1024;

/**
 * Changes files as they differ between two trees.
 *
 * @throws {StorageError} STORE_FULL, OBJECT_MISSING; some of the changes may be made then.
 */
export async function updateLive(update: LiveUpdate): Promise<LiveTree> {
  const { root, store, trees, clock, allowBinaries, from, to } = update;
  const shown = (entry: Entry | undefined): Entry | undefined =>
    entry && shownEntry(entry, allowBinaries);
  const changes = [...diffShown(trees, from, to)].map(({ path, before, after }) => ({
    ...{ path, before: shown(before), after: shown(after) },
  }));
  const read = (entry: Entry): Iterable<Uint8Array> => store.contents.pieces(entry);
  const left: TreePath[] = [];
  const rows = await applyToDirectory({
    ...{ root, changes, clock, emptyTree: EMPTY_TREE, readContent: read },
    bystander: {
      // What is gone already may only have been moved away, and come back: that is left to the end.
      allows: ({ path, before, after }: PathChange) =>
        isAt(root, path, before, read) || (after !== undefined && isAt(root, path, after, read)),
      left: (path) => left.push(path),
    },
  });
  return { rows, left: [...withoutThose(trees, left, from, to)] };
}

/** The tree that the commands have been shown; belongs in a transaction. */
export function shownTree(trees: Trees, to: ObjectId, { left }: LiveTree): ObjectId {
  return editTree(trees, to, left).id;
}

/** Whether there is at a path what an entry says, whatever its times. */
function isAt(
  root: SafeDirectory,
  path: TreePath,
  entry: Entry | undefined,
  read: (entry: Entry) => Iterable<Uint8Array>,
): boolean {
  const stats = root.find(path);
  if (entry === undefined || stats === undefined) return entry === stats;
  if (entry.kind === 'symlink') {
    return stats.isSymbolicLink() && root.readlink(path).equals(Buffer.concat([...read(entry)]));
  }
  if ((stats.mode & 0o777) !== entry.mode) return false;
  if (entry.kind === 'directory') return stats.isDirectory();
  return stats.isFile() && stats.size === entry.size && hasContent(root, path, read(entry));
}

function hasContent(root: SafeDirectory, path: TreePath, content: Iterable<Uint8Array>): boolean {
  const descriptor = root.openRead(path);
  try {
    if (!fstatSync(descriptor).isFile()) return false;
    for (const piece of content) if (!hasNext(descriptor, piece)) return false;
    return readSync(descriptor, Buffer.alloc(1)) === 0;
  } finally {
    closeSync(descriptor);
  }
}

function hasNext(descriptor: number, piece: Uint8Array): boolean {
  const buffer = Buffer.alloc(Math.min(PIECE_BYTES, piece.length));
  for (let at = 0; at < piece.length; ) {
    const length = readSync(
      descriptor,
      buffer,
      0,
      Math.min(buffer.length, piece.length - at),
      null,
    );
    if (length === 0 || buffer.compare(piece, at, at + length, 0, length) !== 0) return false;
    at += length;
  }
  return true;
}

/** What the paths that were left are still like, to those who are told of the wanted tree. */
function* withoutThose(
  trees: Trees,
  left: readonly TreePath[],
  from: ObjectId,
  to: ObjectId,
): IterableIterator<PendingChange> {
  const settled = new Set<TreePath>();
  for (const path of [...new Set(left)].sort()) {
    if (isWithinAny(path, settled)) continue;
    const before = trees.lookup(from, path);
    const after = trees.lookup(to, path);
    if (before?.kind === 'directory' && after?.kind === 'directory') {
      yield { path, entry: { ...after, mode: before.mode } };
      continue;
    }
    settled.add(path);
    yield { path, entry: before };
  }
}
