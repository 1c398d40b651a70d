/**
 * Takes a lot of content into the store, or content that is too large for memory: in several
 * transactions of bounded size, each object pinned until the writer is released.
 */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { ChunkStream } from './chunk-stream.ts';
import { type ContentRef, prepareContent } from './contents.ts';
import type { Database } from './database.ts';
import { FixedName } from './fixed-chunks.ts';
import { decodeManifest } from './manifest.ts';
import type { NewObject, Objects } from './objects.ts';
import type { Pins } from './pins.ts';

const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_OBJECTS = 512;

/** Content that arrives piece by piece. */
export interface ContentStream {
  /** Takes the next bytes, which may be reused afterwards. */
  write(bytes: Uint8Array): void;
  /** Stores the rest and names the whole. */
  finish(): ContentRef;
}

/**
 * Stores content ahead of the transaction that will refer to it. Use: `add` and `begin` as often as
 * needed, then in the referring transaction `settle()`. After a failure, `abandon()`.
 */
export class ContentWriter {
  readonly #database: Database;
  readonly #objects: Objects;
  readonly #pins: Pins;
  readonly #holder: string;
  #batch: NewObject[] = [];
  #batchBytes = 0;

  /** @param holder - names this writer among all of all processes; begins with a process token. */
  constructor(database: Database, objects: Objects, pins: Pins, holder: string) {
    this.#database = database;
    this.#objects = objects;
    this.#pins = pins;
    this.#holder = holder;
  }

  /**
   * Stores content that is in memory and must not be changed until the writer is settled.
   *
   * @throws {StorageError} STORE_FULL, STORE_IO.
   */
  add(bytes: Uint8Array): ObjectId {
    const content = prepareContent(bytes);
    for (const object of content.objects) this.#queue(object);
    return content.id;
  }

  /**
   * Begins content of unknown size; memory stays flat.
   *
   * @param was - what may be found again: if it is, and has a manifest of the older form, it keeps it.
   */
  begin(was?: ObjectId): ContentStream {
    const fixed = was !== undefined && this.#isFixed(was) ? new FixedName() : undefined;
    const stream = new ChunkStream((objects) => this.#takeLent(objects));
    return {
      write: (bytes) => {
        stream.write(bytes);
        fixed?.write(bytes);
      },
      finish: () => {
        const content = stream.finish();
        return fixed?.finish() === was && was !== undefined ? { ...content, id: was } : content;
      },
    };
  }

  /** Stores what is queued and gives up the pins; call it in the transaction that refers to it. */
  settle(): void {
    this.#put();
    this.#pins.release(this.#holder);
  }

  /** Stores what is queued now, pinned, in a transaction of its own. */
  flush(): void {
    if (this.#batch.length === 0) return;
    this.#database.transaction(() => this.#put(), { repeatable: true });
    this.#forget();
  }

  /** Gives up, and never throws; what was stored is left to garbage collection. */
  abandon(): void {
    this.#forget();
    this.#pins.abandon(this.#holder);
  }

  /** Queues objects whose bytes are about to be reused, or stores them at once if they are many. */
  #takeLent(objects: readonly NewObject[]): void {
    const bytes = objects.reduce((sum, object) => sum + object.bytes.length, 0);
    if (bytes <= CHUNK_THRESHOLD) {
      for (const object of objects) this.#queue({ ...object, bytes: Buffer.from(object.bytes) });
      return;
    }
    this.#batch.push(...objects);
    this.flush();
  }

  #isFixed(id: ObjectId): boolean {
    if (this.#objects.facts(id)?.kind !== 'manifest') return false;
    return decodeManifest(this.#objects.read(id, 'manifest')).isFixed;
  }

  #queue(object: NewObject): void {
    this.#batch.push(object);
    this.#batchBytes += object.bytes.length;
    if (this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_OBJECTS) this.flush();
  }

  /** Forgets nothing: a transaction that fails at its very end is run again. */
  #put(): void {
    for (const object of this.#batch) {
      this.#objects.put(object);
      this.#pins.add(this.#holder, object.id);
    }
  }

  #forget(): void {
    this.#batch = [];
    this.#batchBytes = 0;
  }
}
