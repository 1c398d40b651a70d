/**
 * Transient directories: those that a process fills, tries something out in, or is about to remove.
 * They are named after it, so that others can tell what it has left when it is gone.
 */

import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removePath } from '../disk/remove-tree.ts';
import { errorCode } from '../primitives/errors.ts';
import { isAlive, ownProcessToken } from '../primitives/process-token.ts';

const NAME = /^own-(\d+)-(\d*)-[0-9a-f-]{36}$/;

/** A new name for a transient directory of this process. */
export function transientName(): string {
  const { pid, startTime } = ownProcessToken();
  return `own-${pid}-${startTime}-${randomUUID()}`;
}

/** The transient directories in a directory whose processes are gone, absolute. */
export function abandonedIn(directory: string): string[] {
  const { namespace } = ownProcessToken();
  return namesIn(directory)
    .filter((name) => {
      const [, pid, startTime] = NAME.exec(name) ?? [];
      if (pid === undefined || startTime === undefined) return false;
      return isAlive({ pid: Number(pid), startTime, namespace }) === 'dead';
    })
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
