/**
 * The stat index: what a directory on disk looked like when its content was last known, so that
 * only files that moved since are read again. Works as git's index does, racy entries included.
 */

import type { Stats } from 'node:fs';
import type { EntryKind } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';

/** One row of the index. Of a directory only `kind`, `mode` and `mtimeMs` mean something. */
export interface IndexEntry {
  readonly kind: EntryKind;
  /** Permission bits, 0 to 0o777; 0o777 for a symbolic link. */
  readonly mode: number;
  /** Bytes, as lstat says; 0 for a directory. */
  readonly size: number;
  /** Milliseconds since 1970 with a fraction, as lstat says. */
  readonly mtimeMs: number;
  /** Milliseconds since 1970 with a fraction, as lstat says. */
  readonly ctimeMs: number;
  readonly inode: number;
  /** The times are too young to prove anything: the next scan reads the file again. */
  readonly racy: boolean;
  /** The content; the empty tree for a directory. */
  readonly id: ObjectId;
}

/**
 * The index by tree path. Every directory above an indexed path is indexed too, so whether an
 * ignored directory holds tracked paths is one look-up.
 */
export type StatIndex = ReadonlyMap<TreePath, IndexEntry>;

/** The part of node's `Stats` that the index compares. */
export type FileTimes = Pick<Stats, 'mode' | 'size' | 'mtimeMs' | 'ctimeMs' | 'ino'>;

const RACY_WINDOW_MS = 50;
// File systems without fractions of a second keep whole or even seconds.
const COARSE_RACY_WINDOW_MS = 2100;
const PERMISSIONS = 0o777;

/** What a stat is of, or undefined for a FIFO, socket or device. */
export function kindOf(stats: Stats): EntryKind | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
}

/** The mode that a tree keeps: permission bits only, so that no set-user-id bit travels. */
export function entryMode(kind: EntryKind, stats: FileTimes): number {
  return kind === 'symlink' ? PERMISSIONS : stats.mode & PERMISSIONS;
}

/** Whether nothing that a write would move has moved between two stats of a file. */
export function sameTimes(left: FileTimes, right: FileTimes): boolean {
  return (
    left.mtimeMs === right.mtimeMs &&
    left.ctimeMs === right.ctimeMs &&
    left.size === right.size &&
    left.ino === right.ino
  );
}

/** Whether the row proves that a file or link still has the mode and content that it names. */
export function isFresh(row: IndexEntry, stats: FileTimes): boolean {
  return (
    !row.racy &&
    row.mtimeMs === stats.mtimeMs &&
    row.ctimeMs === stats.ctimeMs &&
    row.size === stats.size &&
    row.inode === inodeOf(stats) &&
    row.mode === entryMode(row.kind, stats)
  );
}

/**
 * Whether a write right after `observedMs` could leave the same times behind: the times are not
 * clearly older than the moment, or lie in the future.
 */
export function isRacy(stats: FileTimes, observedMs: number): boolean {
  const coarse = stats.mtimeMs % 1000 === 0 && stats.ctimeMs % 1000 === 0;
  const windowMs = coarse ? COARSE_RACY_WINDOW_MS : RACY_WINDOW_MS;
  return Math.max(stats.mtimeMs, stats.ctimeMs) > observedMs - windowMs;
}

/** The row for a file or link whose content was known to be `id` at `observedMs`. */
export function contentRow(
  kind: 'file' | 'symlink',
  stats: FileTimes,
  id: ObjectId,
  observedMs: number,
): IndexEntry {
  return {
    kind,
    mode: entryMode(kind, stats),
    size: stats.size,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
    inode: inodeOf(stats),
    racy: isRacy(stats, observedMs),
    id,
  };
}

/** As much of the inode's number as a column holds: some file systems use all 64 bits. */
function inodeOf(stats: FileTimes): number {
  return stats.ino % 2 ** 53;
}

/** The row for a directory. */
export function directoryRow(mode: number, mtimeMs: number, emptyTree: ObjectId): IndexEntry {
  const unused = { size: 0, ctimeMs: 0, inode: 0, racy: false };
  return { kind: 'directory', mode: mode & PERMISSIONS, mtimeMs, ...unused, id: emptyTree };
}
