/**
 * Single looks and moves in the base, made so that a path which the user changes at that moment is
 * noticed and never overwritten. Knows nothing of steps or journals.
 */

import { closeSync, fstatSync, fsyncSync, readSync, type Stats } from 'node:fs';
import { diskError, systemCode } from '../disk/disk-error.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { kindOf } from '../disk/stat-index.ts';
import { errorCode } from '../primitives/errors.ts';
import { CHUNK_THRESHOLD, PIECE_BYTES } from '../primitives/limits.ts';
import { contentId, type ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import { ChunkStream } from '../store/chunk-stream.ts';
import { FixedName } from '../store/fixed-chunks.ts';
import type { Side } from './change-step.ts';

const PERMISSIONS = 0o777;

// The path leads nowhere: a component is gone, a file or a link by now.
const UNREACHABLE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'INVALID_PATH']);
// Between the look and the next call it turned into something that cannot be read this way.
const NOT_THE_SAME: ReadonlySet<string> = new Set([...UNREACHABLE, 'EINVAL', 'ELOOP', 'EACCES']);
const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/** The stats of what is at the path; undefined when nothing is, or nothing can be reached there. */
export function look(base: SafeDirectory, path: TreePath): Stats | undefined {
  try {
    return base.lstat(path);
  } catch (error) {
    if (isUnreachable(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that the path leads nowhere. */
export function isUnreachable(error: unknown): boolean {
  return UNREACHABLE.has(errorCode(error) ?? '');
}

/** Whether the stats have these permission bits. */
export function hasMode(stats: Stats, mode: number): boolean {
  return (stats.mode & PERMISSIONS) === (mode & PERMISSIONS);
}

/**
 * Whether the path is exactly this: kind, permission bits and content, which is read. Of a
 * directory only the kind counts. What cannot be read does not match.
 */
export function matches(base: SafeDirectory, path: TreePath, side: Side | undefined): boolean {
  const stats = look(base, path);
  if (stats === undefined || side === undefined || kindOf(stats) !== side.kind) return false;
  try {
    switch (side.kind) {
      case 'directory':
        return true;
      case 'symlink':
        return contentId(base.readlink(path)) === side.id;
      case 'file':
        if (!hasMode(stats, side.mode) || stats.size !== side.size) return false;
        return namesOf(base, path, side.size).includes(side.id);
    }
  } catch (error) {
    if (NOT_THE_SAME.has(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Moves an entry to a path where nothing is; false, and nothing moved, when something is there.
 * Where hard links are refused, or it is no file, a file made at that very moment may be missed.
 */
export function moveIfFree(base: SafeDirectory, from: TreePath, to: TreePath): boolean {
  const stats = look(base, from);
  if (stats?.isFile() === true) return linkIfFree(base, from, to);
  if (stats?.isSymbolicLink() !== true) return renameIfFree(base, from, to);
  // A link is its text: making it again is exclusive everywhere, hard links to links are not.
  const made = ifFree(() => base.symlink(base.readlink(from), to));
  if (made) base.unlink(from);
  return made;
}

/** Sets a mode and brings it to stable storage. */
export function setMode(base: SafeDirectory, path: TreePath, mode: number): void {
  // Opened first: with the new mode we may not be able to.
  let descriptor = openIfReadable(base, path);
  try {
    base.chmod(path, mode);
    descriptor ??= openIfReadable(base, path);
    if (descriptor !== undefined) fsyncSync(descriptor);
  } catch (error) {
    throw diskError(error, path, 'change the mode of');
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function linkIfFree(base: SafeDirectory, from: TreePath, to: TreePath): boolean {
  try {
    if (!ifFree(() => base.link(from, to))) return false;
  } catch (error) {
    if (!NO_HARD_LINKS.has(systemCode(error) ?? '')) throw error;
    return renameIfFree(base, from, to);
  }
  base.unlink(from);
  return true;
}

function renameIfFree(base: SafeDirectory, from: TreePath, to: TreePath): boolean {
  if (base.lstat(to) !== undefined) return false;
  base.rename(from, to);
  return true;
}

function ifFree(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function openIfReadable(base: SafeDirectory, path: TreePath): number | undefined {
  try {
    return base.openRead(path);
  } catch (error) {
    if (errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
}

/** The ids that a file's content can have; none when it has not that many bytes. */
function namesOf(base: SafeDirectory, path: TreePath, size: number): readonly ObjectId[] {
  const descriptor = base.openRead(path);
  try {
    if (!fstatSync(descriptor).isFile()) return [];
    const piece = Buffer.allocUnsafe(Math.min(size + 1, PIECE_BYTES));
    // What was stored by an older version, as the content of the base may have been, has its name.
    const older = size > CHUNK_THRESHOLD ? [new FixedName()] : [];
    const chunks = new ChunkStream(() => undefined);
    let total = 0;
    for (let count = 1; count > 0 && total <= size; total += count) {
      count = readSync(descriptor, piece, 0, piece.length, null);
      for (const stream of [chunks, ...older]) stream.write(piece.subarray(0, count));
    }
    return total === size ? [chunks.finish().id, ...older.map((name) => name.finish())] : [];
  } catch (error) {
    throw diskError(error, path, 'read');
  } finally {
    closeSync(descriptor);
  }
}
