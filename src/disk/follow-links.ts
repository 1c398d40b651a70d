/** Follows symbolic links inside one directory, as the kernel would if that were all there is. */

import { joinPath, parentPath, pathParts, ROOT, type TreePath } from '../primitives/path.ts';
import type { SafeDirectory } from './safe-directory.ts';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * The path without links of what a path leads to; undefined when nothing is there, when it leads out
 * of the directory, or round in a circle.
 */
export function followLinks(root: SafeDirectory, path: TreePath): TreePath | undefined {
  const pending = pathParts(path).reverse();
  let links = 0;
  let at: TreePath | undefined = ROOT;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    const step = stepFrom(root, at, name);
    if (step === undefined) return undefined;
    at = step.at;
    if (step.rest.length > 0 && ++links > MAX_LINKS) return undefined;
    pending.push(...step.rest);
  }
  return at;
}

/** Where one name leads, and what is still to go from there, backwards, as it was a link. */
function stepFrom(
  root: SafeDirectory,
  at: TreePath,
  name: string,
): { readonly at: TreePath; readonly rest: string[] } | undefined {
  if (name === '..') return at === ROOT ? undefined : { at: parentPath(at), rest: [] };
  const next = joinPath(at, name);
  const stats = root.find(next);
  if (stats?.isSymbolicLink() !== true) return stats && { at: next, rest: [] };
  const target = root.readlink(next).toString('utf8');
  if (!target.startsWith('/')) return { at, rest: target.split('/').reverse() };
  if (!target.startsWith(`${root.root}/`)) return undefined;
  return {
    at: ROOT,
    rest: target
      .slice(root.root.length + 1)
      .split('/')
      .reverse(),
  };
}
