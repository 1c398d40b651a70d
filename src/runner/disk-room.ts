/** Tells whether a disk has room, and who takes it up. */

import { lstatSync, readdirSync, statfsSync } from 'node:fs';

/** Below this part of it that is free, a disk is nearly full. */
const FREE_PART = 1 / 64;

/** A directory that takes up more than this part of its disk is large. */
const LARGE_PART = 1 / 16;

/** The unit that stats count space in. */
const BLOCK_BYTES = 512;

/** Whether the disk of a directory is nearly full. */
export function isNearlyFull(directory: string): boolean {
  const { bavail, blocks } = statfsSync(directory);
  return bavail < blocks * FREE_PART;
}

/** Whether a directory is a good part of what has filled its disk. Looks no further than it must. */
export function fillsDisk(directory: string): boolean {
  if (!isNearlyFull(directory)) return false;
  const { blocks, bsize } = statfsSync(directory);
  let left = blocks * bsize * LARGE_PART;
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const name of namesIn(next)) {
      const stats = lstatSync(`${next}/${name}`);
      if (stats.isDirectory()) pending.push(`${next}/${name}`);
      left -= stats.blocks * BLOCK_BYTES;
      if (left < 0) return true;
    }
  }
  return false;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // A command has shut it: what it hides is not counted.
    return [];
  }
}
