/** A snapshot with a lifetime. */

import type { Snapshot } from './snapshot-info.ts';

/**
 * A snapshot that is deleted when it is disposed of.
 *
 * @example await using snapshot = await workspace.snapshot.temp();
 */
export class TempSnapshot {
  /** The snapshot itself. */
  readonly snapshot: Snapshot;
  readonly #delete: () => Promise<void>;
  #deleted = false;

  /** @internal */
  constructor(snapshot: Snapshot, remove: () => Promise<void>) {
    this.snapshot = snapshot;
    this.#delete = remove;
  }

  /** Its name, to restore it or compare with it. */
  get name(): string {
    return this.snapshot.name;
  }

  /** Deletes the snapshot; harmless when that has happened. */
  async cleanup(): Promise<void> {
    if (this.#deleted) return;
    this.#deleted = true;
    await this.#delete();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanup();
  }
}
