/** `afs.storage`: what the store holds and what it costs. */

import { runInSlices } from '../disk/time-slices.ts';
import { analyzeStorage, type StorageAnalysis } from '../maintenance/analyze.ts';
import { type Compacted, compactStore } from '../maintenance/compact.ts';
import type { Retention } from '../maintenance/retention.ts';
import { type StorageUsage, storageUsage } from '../maintenance/storage-usage.ts';
import { checkCount, checkOptions } from '../primitives/arguments.ts';
import type { Engine } from './core/engine.ts';

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
  async usage(): Promise<StorageUsage> {
    const engine = this.#engine();
    return runInSlices(storageUsage(engine.store, retentionOf(engine)));
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

/** For how long history and audit rows are kept. */
export function retentionOf(engine: Engine): Retention {
  return {
    now: engine.clock.now(),
    auditDays: engine.config.get('core.audit_retention_days'),
  };
}
