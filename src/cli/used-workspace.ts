/** The workspace that commands are about when they name none: a file beside the store says so. */

import { closeSync, constants, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join('.agentfs', 'workspace');

/** Neither through a link, which may have come along with the project, nor waiting for a writer. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The name that was set for a project; undefined when there is none. */
export function readUsed(base: string): string | undefined {
  try {
    const file = openSync(join(base, FILE), READ);
    try {
      return readFileSync(file, 'utf8').trim() || undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    // None was set, or it cannot be read: then one has to be named.
    return undefined;
  }
}

/** Sets the name, or with undefined none. */
export function writeUsed(base: string, name: string | undefined): void {
  const file = join(base, FILE);
  if (name === undefined) rmSync(file, { force: true });
  else writeFileSync(file, `${name}\n`);
}
