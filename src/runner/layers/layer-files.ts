/**
 * Writes the entries of a tree into a layer: a private directory that nothing else writes to, by
 * plain names and in one go each, which is several times as fast as replacing files in a directory
 * that others use.
 */

import {
  chmodSync,
  closeSync,
  fchmodSync,
  futimesSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { utimeOf } from '../../disk/file-time.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { writeFully } from '../../disk/write-fully.ts';
import { type Entry, OWNER_ALL } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { TreePath } from '../../primitives/path.ts';
import { PendingTree } from '../../tree/pending-tree.ts';
import type { Trees } from '../../tree/trees.ts';
import { shownEntry } from './execute-bits.ts';

/** Gives the content of a file, or the target of a link, in pieces. */
export type ContentReader = (entry: Entry) => Iterable<Uint8Array>;

/**
 * Creates a file or link at an address where nothing is, in steps.
 *
 * @param umask - what the system may take away from modes; all of them where that is not known.
 */
export function* createEntry(
  address: string,
  entry: Entry,
  read: ContentReader,
  umask = 0o777,
): Steps<void> {
  const time = utimeOf(entry.mtime);
  if (entry.kind === 'symlink') {
    symlinkSync(Buffer.concat([...read(entry)]), address);
    lutimesSync(address, time, time);
    return;
  }
  const descriptor = openSync(address, 'wx', entry.mode);
  try {
    for (const piece of read(entry)) {
      writeFully(descriptor, piece, address);
      yield 0;
    }
    futimesSync(descriptor, time, time);
    // Exactly, whatever the umask took away.
    if ((entry.mode & umask) !== 0) fchmodSync(descriptor, entry.mode);
  } finally {
    closeSync(descriptor);
  }
}

/** Where and how a tree is written. */
export interface LayerTarget {
  /** Absolute path of an empty directory. */
  readonly root: string;
  /** False takes the execute bits of files away. */
  readonly allowBinaries: boolean;
  readonly read: ContentReader;
  /** Whether a part of the tree may be there: one process writes at a time, this way, in this boot. */
  readonly isBegun?: boolean | undefined;
  /** Called for every file and link that is written. */
  onFile(): void;
}

/**
 * Writes a whole tree into an empty directory, in steps.
 *
 * @throws {StorageError} OBJECT_MISSING, OBJECT_CORRUPT; the system's own errors.
 */
export function* writeTree(trees: Trees, tree: ObjectId, target: LayerTarget): Steps<void> {
  const modes: [address: string, mode: number][] = [];
  const umask = process.umask();
  for (const [path, entry] of new PendingTree(trees, tree).walk()) {
    const address = `${target.root}/${path}`;
    if (entry.kind === 'directory') {
      makeDirectory(address, target);
      modes.push([address, entry.mode]);
      continue;
    }
    const shown = shownEntry(entry, target.allowBinaries);
    if (target.isBegun !== true || !isWritten(address, shown)) {
      yield* createEntry(address, shown, target.read, umask);
    }
    target.onFile();
    yield 0;
  }
  // Deepest first: without its own permissions a directory shuts off what is below.
  for (const [address, mode] of modes.reverse()) chmodSync(address, mode);
}

function makeDirectory(address: string, { isBegun = false }: LayerTarget): void {
  mkdirSync(address, { mode: OWNER_ALL, recursive: isBegun });
  // It may have been given its own mode.
  if (isBegun) chmodSync(address, OWNER_ALL);
}

/**
 * Whether an entry of a tree that was begun is complete; what is not is removed. A file is written
 * from its beginning to its end, and gets its time and mode last.
 */
function isWritten(address: string, { kind, size, mode, mtime }: Entry): boolean {
  const stats = lstatSync(address, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  const isComplete = stats.isFile() && stats.size === size && Math.floor(stats.mtimeMs) === mtime;
  if (kind === 'file' && isComplete && (stats.mode & 0o7777) === mode) return true;
  unlinkSync(address);
  return false;
}

/** The number of paths at which two trees differ, counted up to a limit. */
export function countDifferences(differences: Iterable<{ path: TreePath }>, limit: number): number {
  let count = 0;
  for (const _ of differences) if (++count >= limit) break;
  return count;
}
