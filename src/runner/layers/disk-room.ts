/** Tells whether a disk has room, and who takes it up. */

import { statfsSync } from 'node:fs';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';

/** Below this part of it that is free, a disk is nearly full. */
const FREE_PART = 1 / 64;

/** A directory that takes up more than this part of its disk is large. */
const LARGE_PART = 1 / 16;

/** The unit that stats count space in. */
const BLOCK_BYTES = 512;

/** Whether the disk of a directory is nearly full. */
export function isNearlyFull(directory: SafeDirectory): boolean {
  const { bavail, blocks } = statfsSync(directory.location);
  return bavail < blocks * FREE_PART;
}

/** Whether a directory is a good part of what has filled its disk. Looks no further than it must. */
export function fillsDisk(directory: SafeDirectory): boolean {
  if (!isNearlyFull(directory)) return false;
  const { blocks, bsize } = statfsSync(directory.location);
  let left = blocks * bsize * LARGE_PART;
  const pending: TreePath[] = [ROOT];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const name of namesIn(directory, next)) {
      const path = joinPath(next, name);
      const stats = directory.lstat(path);
      if (stats?.isDirectory() === true) pending.push(path);
      left -= (stats?.blocks ?? 0) * BLOCK_BYTES;
      if (left < 0) return true;
    }
  }
  return false;
}

/** The names in a directory; none where a command has shut it, so that what it hides is not counted. */
export function namesIn(directory: SafeDirectory, path: TreePath): string[] {
  try {
    return directory.list(path);
  } catch {
    return [];
  }
}
