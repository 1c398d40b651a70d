/** What lies in a real directory, as text that can be compared. */

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** One line a path: mode, kind, and content or target; links are not followed. */
export function listTree(root: string, below = ''): string[] {
  const lines: string[] = [];
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const absolute = join(root, path);
    const stats = lstatSync(absolute);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) lines.push(`${path} -> ${readlinkSync(absolute)}`);
    else if (stats.isDirectory()) lines.push(`${path}/ ${mode}`, ...listTree(root, path));
    else if (stats.isFile())
      lines.push(`${path} ${mode} ${JSON.stringify(readFileSync(absolute, 'latin1'))}`);
    else lines.push(`${path} special`);
  }
  return lines;
}

/** A hash over everything that {@link listTree} says. */
export function treeDigest(root: string): string {
  return createHash('sha256').update(listTree(root).join('\n')).digest('hex');
}
