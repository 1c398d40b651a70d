/**
 * The names in a store, for whoever completes them while somebody types: reads a few rows, leaves
 * nothing, waits for nobody. A way into the library of its own, as loading all of it takes several
 * times longer than the answer may.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Commits } from './store/commits.ts';
import { Database } from './store/database.ts';
import { requireOwn } from './store/own-path.ts';
import { Snapshots } from './store/snapshots.ts';
import { Workspaces } from './store/workspaces.ts';

/** A name and what to say of it. */
export interface Named {
  readonly name: string;
  readonly description: string;
}

/** What can be named. */
export interface StoreNames {
  readonly workspaces: readonly (Named & { readonly snapshots: readonly Named[] })[];
  /** The newest commits by the first digits of their ids, newest first. */
  readonly commits: readonly Named[];
}

const NOTHING: StoreNames = { workspaces: [], commits: [] };
const MOST_COMMITS = 50;
const ID_DIGITS = 12;

/**
 * The names in the store of a base; none where there is no store in its usual place.
 *
 * @throws {StorageError} when the store cannot be read, is of an older version, or STORE_UNSAFE.
 */
export function readNames(base: string): StoreNames {
  const directory = join(base, '.agentfs');
  const path = join(directory, 'agentfs.db');
  if (!existsSync(path)) return NOTHING;
  for (const each of [directory, path, `${path}-wal`, `${path}-shm`]) requireOwn(each);
  // Whoever only reads cannot remove the log that SQLite makes when there is none.
  const readOnly = existsSync(`${path}-wal`);
  const database = Database.open(path, { readOnly, busyTimeoutMs: 0 });
  try {
    return database.snapshot(() => namesIn(database));
  } finally {
    database.close();
  }
}

/** All keys of the configuration. */
export async function configKeys(): Promise<readonly Named[]> {
  const { describeKeys } = await import('./config/key-description.ts');
  return describeKeys().map(({ name, doc }) => ({ name, description: doc }));
}

function namesIn(database: Database): StoreNames {
  const snapshots = new Snapshots(database);
  const commits = new Commits(database).before(Number.MAX_SAFE_INTEGER, MOST_COMMITS);
  return {
    workspaces: new Workspaces(database).list().map(({ number, name, description }) => ({
      name,
      description,
      snapshots: snapshots.list(number),
    })),
    commits: commits.map(({ id, message }) => ({
      name: id.slice(0, ID_DIGITS),
      description: message.split('\n')[0] ?? '',
    })),
  };
}
