/** Draws what hangs on what, with lines. */

import { oneLine } from '../visible.ts';

/** Something to draw, below what its path says. */
export interface Leaf {
  readonly path: string;
  readonly isLeaf: boolean;
}

/** A node, with what hangs on it. */
export interface Branch {
  readonly text: string;
  readonly branches: readonly Branch[];
}

/** The lines of a tree of paths; directories have a slash. */
export function drawTree(leaves: readonly Leaf[]): string[] {
  const children = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const parent = leaf.path.slice(0, Math.max(0, leaf.path.lastIndexOf('/')));
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [leaf]);
    else siblings.push(leaf);
  }
  const below = (path: string): Branch[] =>
    (children.get(path) ?? []).map((leaf) => ({
      text: oneLine(leaf.path.slice(leaf.path.lastIndexOf('/') + 1)) + (leaf.isLeaf ? '' : '/'),
      branches: leaf.isLeaf ? [] : below(leaf.path),
    }));
  return drawBranches(below(''));
}

/** The lines of branches, each ending in its text. */
export function drawBranches(branches: readonly Branch[], indent = ''): string[] {
  return branches.flatMap(({ text, branches: own }, index) => {
    const isLast = index === branches.length - 1;
    const line = `${indent}${isLast ? '└── ' : '├── '}${text}`;
    return [line, ...drawBranches(own, `${indent}${isLast ? '    ' : '│   '}`)];
  });
}
