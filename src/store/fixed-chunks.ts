/**
 * Content with a manifest of the older form, chunks of a fixed size. A file keeps it for as long as it
 * is edited by position: to bring it into the newer form all of it would have to be read. No new file
 * gets it.
 */

import { contentId, type ObjectId, structureId } from '../primitives/object-id.ts';
import { encodeFixed, FIXED_CHUNK_BYTES, type Part } from './manifest.ts';
import type { NewObject } from './objects.ts';
import type { Edit } from './rewrite-chunks.ts';

/** The objects that a file of this form consists of after a change; the manifest comes last. */
export function rewriteFixed(old: readonly Part[], edit: Edit): NewObject[] {
  const { size, read, isGap } = edit;
  const objects: NewObject[] = [];
  const ids: ObjectId[] = [];
  // However long a gap is, its chunks are one object.
  let zeros: ObjectId | undefined;
  for (let start = 0; start < size; start += FIXED_CHUNK_BYTES) {
    const end = Math.min(start + FIXED_CHUNK_BYTES, size);
    const kept = old[ids.length];
    const isTouched = start < edit.to && end > edit.from;
    if (!isTouched && kept?.size === end - start) {
      ids.push(kept.id);
      continue;
    }
    const isZeros = end - start === FIXED_CHUNK_BYTES && isGap(start, end);
    if (isZeros && zeros !== undefined) {
      ids.push(zeros);
      continue;
    }
    const bytes = read(start, end);
    const id = contentId(bytes);
    objects.push({ id, kind: 'content', bytes });
    ids.push(id);
    if (isZeros) zeros = id;
  }
  const manifest = encodeFixed(size, ids);
  return [...objects, { id: structureId(manifest), kind: 'manifest', bytes: manifest }];
}

/** Finds out what a file would be called with a manifest of this form. */
export class FixedName {
  readonly #ids: ObjectId[] = [];
  readonly #chunk = Buffer.allocUnsafe(FIXED_CHUNK_BYTES);
  #filled = 0;
  #size = 0;

  /** Takes the next bytes, which may be reused afterwards. */
  write(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; ) {
      const count = Math.min(FIXED_CHUNK_BYTES - this.#filled, bytes.length - offset);
      this.#chunk.set(bytes.subarray(offset, offset + count), this.#filled);
      this.#filled += count;
      offset += count;
      if (this.#filled === FIXED_CHUNK_BYTES) this.#endChunk();
    }
  }

  /** The id. */
  finish(): ObjectId {
    if (this.#filled > 0) this.#endChunk();
    return structureId(encodeFixed(this.#size, this.#ids));
  }

  #endChunk(): void {
    this.#ids.push(contentId(this.#chunk.subarray(0, this.#filled)));
    this.#size += this.#filled;
    this.#filled = 0;
  }
}
