/** Cuts content that arrives in pieces into chunks, and names it. Memory stays flat. */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import { contentId } from '../primitives/object-id.ts';
import { chunkEnd, longestChunk } from './chunker.ts';
import { ManifestBuilder, type Part } from './manifest.ts';
import type { NewObject } from './objects.ts';

/** Bytes that are held of a large file before their chunks are handed out. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Use: `write` as often as needed, then `finish`. */
export class ChunkStream {
  readonly #take: (objects: readonly NewObject[]) => void;
  readonly #manifest: ManifestBuilder;
  // Up to the threshold it may yet turn out to be a single object.
  #held: Buffer = Buffer.allocUnsafe(CHUNK_THRESHOLD);
  #heldBytes = 0;
  #objects: NewObject[] = [];
  #cutBytes = 0;

  /** @param take - is given objects; the bytes of chunks are valid until it returns. */
  constructor(take: (objects: readonly NewObject[]) => void) {
    this.#take = take;
    this.#manifest = new ManifestBuilder((node) => this.#objects.push(node));
  }

  /** Takes the next bytes, which may be reused afterwards. */
  write(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#heldBytes === this.#held.length) this.#makeRoom();
      const count = Math.min(this.#held.length - this.#heldBytes, bytes.length - offset);
      this.#held.set(bytes.subarray(offset, offset + count), this.#heldBytes);
      this.#heldBytes += count;
      offset += count;
    }
  }

  /** Hands out the rest and names the whole. */
  finish(): Part {
    const size = this.#cutBytes + this.#heldBytes;
    if (size <= CHUNK_THRESHOLD) {
      const bytes = this.#held.subarray(0, this.#heldBytes);
      const id = contentId(bytes);
      this.#take([{ id, kind: 'content', bytes }]);
      return { id, size };
    }
    this.#cut(true);
    const { id } = this.#manifest.finish();
    this.#handOut();
    return { id, size };
  }

  #makeRoom(): void {
    if (this.#held.length < WINDOW_BYTES) {
      const larger = Buffer.allocUnsafeSlow(WINDOW_BYTES);
      this.#held.copy(larger);
      this.#held = larger;
      return;
    }
    const cut = this.#cut(false);
    this.#handOut();
    this.#held.copyWithin(0, cut, this.#heldBytes);
    this.#heldBytes -= cut;
  }

  /** Cuts what can be cut; how many bytes that were. */
  #cut(isLast: boolean): number {
    const end = this.#heldBytes;
    let start = 0;
    while (start < end && (isLast || end - start >= longestChunk(this.#cutBytes))) {
      const next = chunkEnd(this.#held, start, end, this.#cutBytes);
      const bytes = this.#held.subarray(start, next);
      const id = contentId(bytes);
      this.#objects.push({ id, kind: 'content', bytes });
      this.#manifest.add({ id, size: bytes.length });
      this.#cutBytes += bytes.length;
      start = next;
    }
    return start;
  }

  #handOut(): void {
    this.#take(this.#objects);
    this.#objects = [];
  }
}
