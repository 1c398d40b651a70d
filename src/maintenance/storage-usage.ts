/** How much room a store takes up, and for what. */

import { statSync } from 'node:fs';
import type { ObjectKind } from '../store/objects.ts';
import type { Store } from '../store/store.ts';
import { collectGarbage } from './collect.ts';
import type { Retention } from './retention.ts';

/** The objects of one kind. */
export interface KindUsage {
  readonly kind: ObjectKind;
  readonly count: number;
  /** Bytes of the objects themselves. */
  readonly size: number;
  /** Bytes that they take up, which are fewer where they are compressed. */
  readonly stored: number;
}

/** What a store holds. Sizes are in bytes. */
export interface StorageUsage {
  /** The database file; for a store in memory, its pages. */
  readonly databaseBytes: number;
  /** The log beside it, which the next checkpoint empties. */
  readonly walBytes: number;
  /** Free pages in the database file, which compacting gives back. */
  readonly freeBytes: number;
  readonly objects: readonly KindUsage[];
  /** What garbage collection would remove now. */
  readonly reclaimable: { readonly objects: number; readonly bytes: number };
  readonly workspaces: number;
  readonly snapshots: number;
}

/**
 * Measures a store. A generator of short steps, since it looks for garbage.
 *
 * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT when a tree cannot be read.
 */
export function* storageUsage(
  store: Store,
  retention: Retention,
): Generator<void, StorageUsage, void> {
  const { objects, bytes } = yield* collectGarbage(store, { ...retention, dryRun: true });
  return {
    ...fileUsage(store),
    objects: store.objects.totals(),
    reclaimable: { objects, bytes },
    workspaces: store.workspaces.count(true) + store.workspaces.count(false),
    snapshots: store.snapshots.all().length,
  };
}

/** The sizes of the files of a store, and of the free pages in them. */
export function fileUsage(
  store: Store,
): Pick<StorageUsage, 'databaseBytes' | 'walBytes' | 'freeBytes'> {
  const { database } = store;
  const pageSize = Number(database.pragma('page_size'));
  const pages = Number(database.pragma('page_count')) * pageSize;
  return {
    databaseBytes: database.path === ':memory:' ? pages : sizeOf(database.path),
    walBytes: database.path === ':memory:' ? 0 : sizeOf(`${database.path}-wal`),
    freeBytes: Number(database.pragma('freelist_count')) * pageSize,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
