/**
 * Has Node keep the compiled code of the program between calls, where it can (22.1 and later): to
 * compile it takes longer than most calls take otherwise.
 *
 * Whoever can write there runs code as this user, so it is a directory of the user's own. Below the
 * home directory it is out of reach of sandboxed commands, whose changes there are forgotten; a
 * variable might lead into a project, so none is asked.
 */

import { lstatSync, mkdirSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PLACE = ['.cache', 'agentfs', 'compiled'];
const WRITABLE_BY_OTHERS = 0o022;

/** Does nothing where no safe directory can be had; `NODE_DISABLE_COMPILE_CACHE` switches it off. */
export function keepCompiled(): void {
  const enable: unknown = Reflect.get(nodeModule, 'enableCompileCache');
  if (typeof enable !== 'function') return;
  const directory = ownDirectory(homedir(), PLACE);
  if (directory !== undefined) enable(directory);
}

/** The directory with these names below the user's home, made where it is missing. */
function ownDirectory(home: string, names: readonly string[]): string | undefined {
  try {
    let path = home;
    if (!isOwn(path)) return undefined;
    for (const name of names) {
      path = join(path, name);
      mkdirSync(path, { mode: 0o700, recursive: true });
      if (!isOwn(path)) return undefined;
    }
    return path;
  } catch {
    // A home that cannot be written, or none: the program starts as it would without.
    return undefined;
  }
}

/** Whether it is a directory, no link, in which nobody but this user can put anything. */
function isOwn(path: string): boolean {
  const stats = lstatSync(path);
  const isOthers = (stats.mode & WRITABLE_BY_OTHERS) !== 0;
  return stats.isDirectory() && !isOthers && stats.uid === process.geteuid?.();
}
