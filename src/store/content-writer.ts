/**
 * Takes a lot of content into the store, or content that is too large for memory: in several
 * transactions of bounded size, each object pinned until the writer is released.
 */

import { CHUNK_SIZE, CHUNK_THRESHOLD } from '../primitives/limits.ts';
import { contentId, type ObjectId } from '../primitives/object-id.ts';
import { type ContentRef, chunked, prepareContent } from './contents.ts';
import type { Database } from './database.ts';
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
  /** Gives up; what was stored already is left to garbage collection. */
  discard(): void;
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

  /** Begins content of unknown size; memory stays flat. */
  begin(): ContentStream {
    const ids: ObjectId[] = [];
    // Up to the threshold it may yet turn out to be a single object.
    const held = Buffer.allocUnsafe(CHUNK_THRESHOLD);
    let heldBytes = 0;
    let size = 0;
    const spill = (end: number): void => {
      let offset = 0;
      for (; offset + CHUNK_SIZE <= end; offset += CHUNK_SIZE) {
        ids.push(this.#addChunk(held.subarray(offset, offset + CHUNK_SIZE)));
      }
      held.copy(held, 0, offset, heldBytes);
      heldBytes -= offset;
    };
    return {
      write: (bytes) => {
        for (let offset = 0; offset < bytes.length; ) {
          if (heldBytes === held.length) spill(heldBytes);
          const count = Math.min(held.length - heldBytes, bytes.length - offset);
          held.set(bytes.subarray(offset, offset + count), heldBytes);
          heldBytes += count;
          offset += count;
          size += count;
        }
      },
      finish: () => {
        if (size <= CHUNK_THRESHOLD) {
          return { id: this.add(Buffer.from(held.subarray(0, heldBytes))), size };
        }
        spill(heldBytes);
        if (heldBytes > 0) ids.push(this.#addChunk(held.subarray(0, heldBytes)));
        const content = chunked(size, ids, []);
        for (const object of content.objects) this.#queue(object);
        return { id: content.id, size };
      },
      discard: () => {
        ids.length = 0;
        heldBytes = 0;
      },
    };
  }

  /** Stores what is queued and gives up the pins; call it in the transaction that refers to it. */
  settle(): void {
    this.#flush();
    this.#pins.release(this.#holder);
  }

  /** Stores what is queued now, pinned, in a transaction of its own. */
  flush(): void {
    if (this.#batch.length > 0) this.#database.transaction(() => this.#flush());
  }

  /** Gives up, and never throws; what was stored is left to garbage collection. */
  abandon(): void {
    this.#batch = [];
    this.#batchBytes = 0;
    this.#pins.abandon(this.#holder);
  }

  #addChunk(bytes: Uint8Array): ObjectId {
    const id = contentId(bytes);
    this.#queue({ id, kind: 'content', bytes: Buffer.from(bytes) });
    return id;
  }

  #queue(object: NewObject): void {
    this.#batch.push(object);
    this.#batchBytes += object.bytes.length;
    if (this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_OBJECTS) this.flush();
  }

  #flush(): void {
    for (const object of this.#batch) {
      this.#objects.put(object);
      this.#pins.add(this.#holder, object.id);
    }
    this.#batch = [];
    this.#batchBytes = 0;
  }
}
