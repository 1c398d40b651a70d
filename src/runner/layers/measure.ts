/** How much is in a layer. */

import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import { namesIn } from './disk-room.ts';
import { isWhiteout } from './whiteouts.ts';

/** Files and bytes below a path. */
export function* measure(
  root: SafeDirectory,
  path: TreePath,
): Steps<{ readonly files: number; readonly bytes: number }> {
  let files = 0;
  let bytes = 0;
  const pending = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const stats = root.find(next);
    if (stats?.isDirectory() === true) {
      pending.push(...namesIn(root, next).map((name) => joinPath(next, name)));
    } else if (stats !== undefined && !isWhiteout(stats)) {
      files++;
      bytes += stats.size;
    }
    yield 0;
  }
  return { files, bytes };
}

/**
 * The bytes of the files in a directory. One that has names elsewhere too, as in the project, counts
 * by its share of them.
 */
export function* diskBytes(place: Place): Steps<number> {
  using root = place.openIfThere();
  if (root === undefined) return 0;
  let bytes = 0;
  const pending: TreePath[] = [ROOT];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const name of namesIn(root, path)) {
      const below = joinPath(path, name);
      const stats = root.find(below);
      if (stats?.isDirectory() === true) pending.push(below);
      else if (stats?.isFile() === true) bytes += stats.size / stats.nlink;
      yield 0;
    }
  }
  return Math.round(bytes);
}
