/** What no tool that compares a directory can go below: one lstat of everything in it. */

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Looks at every entry of a directory but for .git and .agentfs, and counts them. */
export function lstatAll(directory) {
  let count = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === '.git' || entry.name === '.agentfs') continue;
    const path = join(directory, entry.name);
    lstatSync(path, { bigint: true });
    count += 1;
    if (entry.isDirectory()) count += lstatAll(path);
  }
  return count;
}
