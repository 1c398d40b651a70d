/** `afs.storage`: what the store holds and what it costs. */

import { runInSlices, type Steps } from '../disk/time-slices.ts';
import { analyzeStorage, type StorageAnalysis } from '../maintenance/analyze.ts';
import { type Compacted, compactStore } from '../maintenance/compact.ts';
import type { Retention } from '../maintenance/retention.ts';
import { type StorageUsage, storageUsage } from '../maintenance/storage-usage.ts';
import { checkCount, checkOptions } from '../primitives/arguments.ts';
import { CHECKOUTS } from '../runner/layers/checkouts.ts';
import { layersPlace } from '../runner/layers/layers-place.ts';
import { diskBytes } from '../runner/layers/measure.ts';
import type { CacheUsage } from '../runner/layers/package-caches.ts';
import type { Engine } from './core/engine.ts';

/** What a store takes up, with what lies beside it. */
export interface StoreUsage extends StorageUsage {
  readonly beside: BesideStore;
}

/** Files beside the store, in bytes; those that are shared, as with the project, count in part. */
export interface BesideStore {
  /** The ignored content of the project, as workspaces began with it. */
  readonly stocks: number;
  /** What workspaces have of their own: ignored content, with what undo needs, and differences. */
  readonly layers: number;
  /** Whole trees, shared by workspaces. */
  readonly checkouts: number;
  /** What package managers have fetched in commands. */
  readonly caches: readonly CacheUsage[];
}

/** Measures and shrinks the store. */
export class Storage {
  readonly #engine: () => Engine;

  /** @internal */
  constructor(engine: () => Engine) {
    this.#engine = engine;
  }

  /** Absolute path of the file of the store; `:memory:` when it is in memory. */
  get path(): string {
    return this.#engine().store.database.path;
  }

  /** Sizes of the database and its objects, and what gc would free; all in bytes. */
  async usage(): Promise<StoreUsage> {
    const engine = this.#engine();
    const usage = await runInSlices(storageUsage(engine.store, retentionOf(engine)));
    return { ...usage, beside: await runInSlices(besideStore(engine)) };
  }

  /** What takes up the room: the largest files and directories, and what sharing saves. */
  async analyze(options?: { limit?: number }): Promise<StorageAnalysis> {
    const limit = checkCount('limit', checkOptions(options, ['limit']).limit, 1);
    return runInSlices(analyzeStorage(this.#engine().store, limit));
  }

  /**
   * Collects garbage, compresses content that no workspace shows now, and gives free room back to
   * the disk.
   *
   * @throws {StorageError} STORE_FULL when there is no room to rewrite the database.
   */
  async compact(): Promise<Compacted> {
    const engine = this.#engine();
    const compresses = engine.config.get('storage.compression');
    const level = compresses ? engine.config.get('storage.compression_level') : undefined;
    const options = { ...retentionOf(engine), compressionLevel: level };
    return runInSlices(compactStore(engine.store, options));
  }
}

function* besideStore({ stocks, caches, work, layers, store }: Engine): Steps<BesideStore> {
  const own = store.workspaces.list().map(({ uuid }) => layersPlace(layers, uuid));
  let layerBytes = 0;
  for (const place of own) layerBytes += yield* diskBytes(place);
  return {
    stocks: yield* diskBytes(stocks.place),
    layers: layerBytes,
    checkouts: yield* diskBytes(work.at(CHECKOUTS)),
    caches: yield* caches.usage(),
  };
}

/** For how long history and audit rows are kept. */
export function retentionOf(engine: Engine): Retention {
  return {
    now: engine.clock.now(),
    auditDays: engine.config.get('core.audit_retention_days'),
  };
}
