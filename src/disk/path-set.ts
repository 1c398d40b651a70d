/** Sets of tree paths that stand for everything below them. */

import { parentPath, ROOT, type TreePath } from '../primitives/path.ts';

/** Whether `path` is in the set or below a path that is; takes time by depth, not by set size. */
export function isWithinAny(path: TreePath, set: ReadonlySet<TreePath>): boolean {
  if (set.size === 0) return false;
  if (set.has(ROOT)) return true;
  let above = path;
  while (above !== ROOT) {
    if (set.has(above)) return true;
    above = parentPath(above);
  }
  return false;
}

/** The paths that no other of the paths contains, each once. */
export function outermost(paths: Iterable<TreePath>): TreePath[] {
  const set = new Set(paths);
  return [...set].filter((path) => path === ROOT || !isWithinAny(parentPath(path), set));
}
