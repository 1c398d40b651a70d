/** What processes that are gone have left of their transient directories. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removePath } from '../disk/remove-tree.ts';
import { errorCode } from '../primitives/errors.ts';
import { isAbandoned } from '../primitives/transient-name.ts';

/** The transient directories in a directory whose processes are gone, absolute. */
export function abandonedIn(directory: string): string[] {
  return namesIn(directory)
    .filter(isAbandoned)
    .map((name) => join(directory, name));
}

/** Removes what processes that are gone have left in a directory. */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const path of abandonedIn(directory)) await removePath(path);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
