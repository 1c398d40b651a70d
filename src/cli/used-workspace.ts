/** The workspace that commands are about when they name none: a file beside the store says so. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join('.agentfs', 'workspace');

/** The name that was set for a project; undefined when there is none. */
export function readUsed(base: string): string | undefined {
  try {
    return readFileSync(join(base, FILE), 'utf8').trim() || undefined;
  } catch {
    // None was set, or nobody may read it: then one has to be named.
    return undefined;
  }
}

/** Sets the name, or with undefined none. */
export function writeUsed(base: string, name: string | undefined): void {
  const file = join(base, FILE);
  if (name === undefined) rmSync(file, { force: true });
  else writeFileSync(file, `${name}\n`);
}
