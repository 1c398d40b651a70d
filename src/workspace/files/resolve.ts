/** Follows symbolic links inside a workspace; one that leads outside is never followed. */

import type { Entry } from '../../primitives/entry.ts';
import { InvalidPathError } from '../../primitives/errors.ts';
import { MAX_SYMLINK_HOPS } from '../../primitives/limits.ts';
import {
  joinPath,
  parentPath,
  parsePath,
  pathParts,
  ROOT,
  type TreePath,
} from '../../primitives/path.ts';
import type { Contents } from '../../store/contents.ts';
import type { PendingTree } from '../../tree/pending-tree.ts';
import { notDirectory, tooManyLinks } from './file-errors.ts';

/** A path without links on the way, and what is there. */
export interface Resolved {
  readonly path: TreePath;
  readonly entry: Entry | undefined;
}

/**
 * Resolves the links on the way to `path`, and with `followLast` also the one at its end.
 *
 * @throws {InvalidPathError} INVALID_PATH when a link leads outside the workspace.
 * @throws {FileSystemError} ENOTDIR when a component on the way is a file; ELOOP after 40 links.
 */
export function resolvePath(
  tree: PendingTree,
  contents: Contents,
  path: TreePath,
  { followLast }: { readonly followLast: boolean },
): Resolved {
  const direct = tree.get(path);
  // Without links on the way, which is the rule, one look-up is all.
  if (direct !== undefined && (direct.kind !== 'symlink' || !followLast)) {
    return { path, entry: direct };
  }
  // A new name in a directory that is there: nothing on the way can be a link either.
  if (direct === undefined && tree.get(parentPath(path))?.kind === 'directory') {
    return { path, entry: undefined };
  }
  return new Resolver(tree, contents, path).resolve(followLast);
}

class Resolver {
  readonly #tree: PendingTree;
  readonly #contents: Contents;
  readonly #asked: TreePath;
  #hops = 0;

  constructor(tree: PendingTree, contents: Contents, asked: TreePath) {
    this.#tree = tree;
    this.#contents = contents;
    this.#asked = asked;
  }

  resolve(followLast: boolean): Resolved {
    const todo = pathParts(this.#asked).reverse();
    let at = ROOT;
    let entry = this.#tree.get(ROOT);
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (entry !== undefined && entry.kind !== 'directory') throw notDirectory(at);
      const next: TreePath = joinPath(at, name);
      entry = this.#tree.get(next);
      if (entry?.kind !== 'symlink' || (todo.length === 0 && !followLast)) {
        at = next;
        continue;
      }
      // The link's target takes the place of the link, from the root again.
      todo.push(...pathParts(this.#follow(at, entry)).reverse());
      at = ROOT;
      entry = this.#tree.get(ROOT);
    }
    return { path: at, entry };
  }

  #follow(directory: TreePath, link: Entry): TreePath {
    this.#hops += 1;
    if (this.#hops > MAX_SYMLINK_HOPS) throw tooManyLinks(this.#asked);
    const target = this.#contents.read(link).toString('utf8');
    if (target.startsWith('/')) throw leadsOutside(this.#asked, target);
    try {
      return parsePath(`${directory}/${target}`);
    } catch {
      throw leadsOutside(this.#asked, target);
    }
  }
}

function leadsOutside(path: TreePath, target: string): InvalidPathError {
  return new InvalidPathError(`'/${path}' is a symbolic link that leads outside: '${target}'.`, {
    path: `/${path}`,
    hint: 'Read where it points to with readlink(); agentfs does not follow it.',
  });
}
