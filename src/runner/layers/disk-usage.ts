/** What the directories of a store take up on disk. */

import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';

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

function namesIn(root: SafeDirectory, path: TreePath): string[] {
  try {
    return root.list(path);
  } catch {
    // It is gone by now, or a command has shut it: what it hides is not counted.
    return [];
  }
}
