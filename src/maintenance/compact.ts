/** Makes a store small: collects garbage, compresses what is rarely read, rewrites the file. */

import { deflateObject } from '../store/objects.ts';
import { BASE_DIRECTORY } from '../store/stat-rows.ts';
import type { Store } from '../store/store.ts';
import { type Collected, collectGarbage } from './collect.ts';
import { Marks } from './marks.ts';
import type { Retention } from './retention.ts';
import { currentRoots } from './roots.ts';
import { fileUsage } from './storage-usage.ts';

/** What compaction is told. */
export interface CompactOptions extends Retention {
  /** Level for contents that no workspace shows now, 1 (fast) to 9 (small); absent: leave them. */
  readonly compressionLevel?: number | undefined;
}

/** What compaction has done. Sizes are in bytes. */
export interface Compacted {
  readonly collected: Collected;
  /** Contents that were compressed. */
  readonly compressedObjects: number;
  /** What that has saved. */
  readonly compressedBytes: number;
  /** The database and its log before. */
  readonly bytesBefore: number;
  /** The database and its log after. */
  readonly bytesAfter: number;
}

const STEP_BYTES = 4 * 1024 * 1024;
const STEP_OBJECTS = 500;
const ALL_CONTENTS = 1000;
const NOTHING = { compressedObjects: 0, compressedBytes: 0 };

/**
 * Compacts a store; each step is short but for the last, in which SQLite rewrites the file.
 *
 * @throws {StorageError} STORE_FULL when there is no room for the second copy of the file that this
 *   takes for a while, STORE_BUSY when another process holds the store: nothing is lost then.
 */
export function* compactStore(
  store: Store,
  options: CompactOptions,
): Generator<void, Compacted, void> {
  const bytesBefore = fileBytes(store);
  const collected = yield* collectGarbage(store, options);
  const { compressionLevel } = options;
  const compressed =
    compressionLevel === undefined ? NOTHING : yield* compressCold(store, compressionLevel);
  store.database.vacuum();
  store.database.checkpoint();
  return { collected, ...compressed, bytesBefore, bytesAfter: fileBytes(store) };
}

/** Compresses the contents that are only in histories: what is shown now has to be read fast. */
function* compressCold(store: Store, level: number): Generator<void, typeof NOTHING> {
  const shown = yield* markShown(store);
  const total = { ...NOTHING };
  let after: number | undefined = 0;
  while (after !== undefined) {
    const { deflated, last }: DeflatedStep = deflateSome(store, shown, after, level);
    store.database.transaction(() => {
      for (const { number, bytes } of deflated) store.objects.setDeflated(number, bytes);
    });
    total.compressedObjects += deflated.length;
    total.compressedBytes += deflated.reduce((sum, { saved }) => sum + saved, 0);
    after = last;
    yield;
  }
  return total;
}

function* markShown(store: Store): Generator<void, Marks> {
  const shown = new Marks(store);
  for (const workspace of store.workspaces.list()) {
    for (const { target } of currentRoots(store, workspace)) yield* shown.add(target);
  }
  const base = store.stats.anyDirectory(BASE_DIRECTORY);
  if (base !== undefined) yield* shown.add({ kind: 'directory', id: base.tree, size: 0 });
  return shown;
}

interface DeflatedStep {
  readonly deflated: readonly { number: number; bytes: Buffer; saved: number }[];
  /** The row where it stopped; undefined at the end. */
  readonly last: number | undefined;
}

/** Deflates some of the rows after `after`, before the transaction that stores the result. */
function deflateSome(store: Store, shown: Marks, after: number, level: number): DeflatedStep {
  const deflated: { number: number; bytes: Buffer; saved: number }[] = [];
  let bytes = 0;
  let rows = 0;
  for (const object of store.objects.scan(after, ALL_CONTENTS, 0)) {
    rows += 1;
    if (object.kind === 'content' && !shown.has(object.id)) {
      const packed = deflateObject(object, level);
      const saved = object.size - (packed?.length ?? 0);
      if (packed !== undefined) deflated.push({ number: object.number, bytes: packed, saved });
      bytes += object.size;
    }
    if (bytes >= STEP_BYTES || rows >= STEP_OBJECTS) return { deflated, last: object.number };
  }
  return { deflated, last: undefined };
}

function fileBytes(store: Store): number {
  const { databaseBytes, walBytes } = fileUsage(store);
  return databaseBytes + walBytes;
}
