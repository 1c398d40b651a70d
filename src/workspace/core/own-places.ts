/** Makes sure that what agentfs keeps beside a base belongs to this user, and only this user can read it. */

import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { errorCode } from '../../primitives/errors.ts';
import { requireOwn } from '../../store/own-path.ts';

const OWNER_ALL = 0o700;
const OTHERS = 0o077;

/** Where things are, absolute. */
export interface Places {
  /** The base, without links in its path. */
  readonly base: string;
  /** The store, or `:memory:`. */
  readonly storePath: string;
  /** Where workspaces are materialised. */
  readonly workRoot: string;
}

/**
 * Looks at the store and its log, at all in `.agentfs` and in the directory of the workspaces, and at
 * what leads there from the base: none of it may be a link or somebody else's. Outside of the base,
 * where the user has named a place, only the files of the store are looked at.
 *
 * @throws {StorageError} STORE_UNSAFE.
 */
export function requireOwnPlaces({ base, storePath, workRoot }: Places): void {
  const own = join(base, '.agentfs');
  for (const place of [own, workRoot, storePath]) {
    for (const path of wayTo(place, base)) requireOwn(path);
  }
  if (storePath !== ':memory:') {
    for (const suffix of ['', '-wal', '-shm', '-journal']) requireOwn(storePath + suffix);
  }
  for (const directory of [own, workRoot]) {
    if (wayTo(directory, base).length === 0) continue;
    for (const name of namesIn(directory)) requireOwn(join(directory, name));
  }
  makePrivate(own);
}

/** The paths below the base down to a place, that one included; none for a place outside. */
function wayTo(place: string, base: string): string[] {
  const parts = relative(base, place).split('/');
  if (parts[0] === '..' || !place.startsWith(`${base === '/' ? '' : base}/`)) return [];
  return parts.map((_, index) => join(base, ...parts.slice(0, index + 1)));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // It does not exist yet, or fails with a reason when it is used.
    return [];
  }
}

/** The store holds what others may not be able to read in the base. */
function makePrivate(directory: string): void {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true || (stats.mode & OTHERS) === 0) return;
  try {
    chmodSync(directory, stats.mode & OWNER_ALL);
  } catch (error) {
    // On a read-only mount it can still be read, and no one can be kept from reading it.
    if (errorCode(error) !== 'EROFS') throw error;
  }
}
