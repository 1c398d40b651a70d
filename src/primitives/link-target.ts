/** Where a symbolic link could lead. */

import { parentPath, pathParts, type TreePath } from './path.ts';

/**
 * Whether the link at `path` could lead out of its tree. `..` counts only at the beginning, where it
 * is counted from the link's own directory; after a name it could follow another link to somewhere
 * else.
 *
 * @param target - where it points to, as bytes: it need not be UTF-8.
 */
export function leadsOutside(path: TreePath, target: Buffer): boolean {
  const parts = target.toString('latin1').split('/');
  if (parts[0] === '' && parts.length > 1) return true;
  let depth = pathParts(parentPath(path)).length;
  let named = false;
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part !== '..') named = true;
    else if (named || depth-- === 0) return true;
  }
  return false;
}
