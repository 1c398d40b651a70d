/**
 * File content of any size. Up to 1 MiB it is one object; above, a manifest and chunks of 256 KiB.
 * Hashing happens in `prepare`, `patch` and `truncate`, before a transaction; `put` only inserts.
 */

import { LRUCache } from 'lru-cache';
import { CHUNK_SIZE, CHUNK_THRESHOLD } from '../primitives/limits.ts';
import { contentId, type ObjectId, structureId } from '../primitives/object-id.ts';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts';
import { corrupt, type NewObject, type Objects } from './objects.ts';

/** The name of a file's content: both are needed, as the size tells whether it is chunked. */
export interface ContentRef {
  readonly id: ObjectId;
  /** Bytes. */
  readonly size: number;
}

/** Content that has been hashed, with the objects that have to be in the store for it. */
export interface PreparedContent extends ContentRef {
  readonly objects: readonly NewObject[];
}

const NOTHING = new Uint8Array();

/** Reads and prepares content. Holds the recently read objects in memory. */
export class Contents {
  readonly #objects: Objects;
  readonly #cache: LRUCache<ObjectId, Buffer>;

  /** @param cacheBytes - memory for content that was read, in bytes. */
  constructor(objects: Objects, cacheBytes: number) {
    this.#objects = objects;
    this.#cache = new LRUCache({
      maxSize: Math.max(cacheBytes, 1),
      maxEntrySize: CHUNK_THRESHOLD,
      sizeCalculation: (bytes) => bytes.length + 128,
    });
  }

  /** Stores what was prepared. Belongs in the transaction that refers to it. */
  put(content: PreparedContent): void {
    for (const object of content.objects) this.#objects.put(object);
  }

  /**
   * The bytes from `start` up to `end`, which default to the whole content. The buffer may be
   * shared with the cache: do not write to it.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  read(ref: ContentRef, start = 0, end: number = ref.size): Buffer {
    if (ref.size <= CHUNK_THRESHOLD) return this.#piece(ref.id).subarray(start, end);
    return Buffer.concat([...this.pieces(ref, start, end)]);
  }

  /**
   * The same bytes as {@link read}, one chunk at a time.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  *pieces(ref: ContentRef, start = 0, end: number = ref.size): IterableIterator<Buffer> {
    if (ref.size <= CHUNK_THRESHOLD) {
      if (end > start) yield this.#piece(ref.id).subarray(start, end);
      return;
    }
    const { chunks } = this.manifest(ref.id);
    for (let i = Math.floor(start / CHUNK_SIZE); i * CHUNK_SIZE < end; i++) {
      const chunk = chunks[i];
      if (chunk === undefined) return;
      const offset = i * CHUNK_SIZE;
      // Chunks stay out of the cache: one large file would push out everything else.
      const bytes = this.#objects.read(chunk, 'content');
      yield bytes.subarray(Math.max(start - offset, 0), Math.min(end - offset, bytes.length));
    }
  }

  /**
   * The manifest of a chunked file.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  manifest(id: ObjectId): Manifest {
    const bytes = this.#objects.read(id, 'manifest');
    try {
      return decodeManifest(bytes);
    } catch (error) {
      throw corrupt(id, 'it is not a manifest', error);
    }
  }

  /**
   * Prepares `ref` with `data` written at `position`, which may lie beyond its end (the gap reads
   * as zeros). Only the chunks that `data` touches are read and hashed.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  patch(ref: ContentRef, position: number, data: Uint8Array): PreparedContent {
    return this.#rewrite(ref, Math.max(ref.size, position + data.length), position, data);
  }

  /**
   * Prepares `ref` cut off, or continued with zeros, at `size`. Only the chunk at that place is
   * read and hashed.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  truncate(ref: ContentRef, size: number): PreparedContent {
    return this.#rewrite(ref, size, size, NOTHING);
  }

  #rewrite(ref: ContentRef, size: number, position: number, data: Uint8Array): PreparedContent {
    if (size <= CHUNK_THRESHOLD) {
      return prepareContent(this.#part(ref, 0, size, position, data));
    }
    const old = ref.size > CHUNK_THRESHOLD ? this.manifest(ref.id).chunks : [];
    const chunks: NewObject[] = [];
    const ids: ObjectId[] = [];
    // However long a gap is, its chunks are one object.
    let zeros: ObjectId | undefined;
    for (let offset = 0; offset < size; offset += CHUNK_SIZE) {
      const end = Math.min(offset + CHUNK_SIZE, size);
      const untouched = position >= end || position + data.length <= offset;
      const kept = old[ids.length];
      if (untouched && kept !== undefined && isComplete(offset, end, ref.size)) {
        ids.push(kept);
        continue;
      }
      const isGap = untouched && offset >= ref.size && end === offset + CHUNK_SIZE;
      if (isGap && zeros !== undefined) {
        ids.push(zeros);
        continue;
      }
      const bytes = this.#part(ref, offset, end, position, data);
      const id = contentId(bytes);
      chunks.push({ id, kind: 'content', bytes });
      ids.push(id);
      if (isGap) zeros = id;
    }
    return chunked(size, ids, chunks);
  }

  /** The bytes of `ref` from `offset` to `end`, zeros beyond its own, with `data` over them. */
  #part(ref: ContentRef, offset: number, end: number, position: number, data: Uint8Array): Buffer {
    const bytes = Buffer.alloc(end - offset);
    if (offset < ref.size) this.read(ref, offset, Math.min(end, ref.size)).copy(bytes);
    overlay(bytes, offset, data, position);
    return bytes;
  }

  #piece(id: ObjectId): Buffer {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const bytes = this.#objects.read(id, 'content');
    this.#cache.set(id, bytes);
    return bytes;
  }
}

/** Hashes content that is in memory and lists the objects it consists of. */
export function prepareContent(bytes: Uint8Array): PreparedContent {
  if (bytes.length <= CHUNK_THRESHOLD) {
    const id = contentId(bytes);
    return { id, size: bytes.length, objects: [{ id, kind: 'content', bytes }] };
  }
  const chunks: NewObject[] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK_SIZE) {
    const chunk = bytes.subarray(offset, offset + CHUNK_SIZE);
    chunks.push({ id: contentId(chunk), kind: 'content', bytes: chunk });
  }
  return chunked(
    bytes.length,
    chunks.map((chunk) => chunk.id),
    chunks,
  );
}

/** The content that consists of chunks with these ids, given those that may be new. */
export function chunked(
  size: number,
  ids: readonly ObjectId[],
  chunks: readonly NewObject[],
): PreparedContent {
  const bytes = encodeManifest({ size, chunks: ids });
  const id = structureId(bytes);
  return { id, size, objects: [...chunks, { id, kind: 'manifest', bytes }] };
}

/** Whether the chunk of `size` bytes is all that is to be there; a short one may have to grow. */
function isComplete(offset: number, end: number, size: number): boolean {
  return end === offset + CHUNK_SIZE ? size >= end : size === end;
}

/** Copies the part of `data`, which begins at `position` of the file, that falls into `bytes`. */
function overlay(bytes: Buffer, offset: number, data: Uint8Array, position: number): void {
  const from = Math.max(offset - position, 0);
  const to = Math.min(offset + bytes.length - position, data.length);
  if (to > from) bytes.set(data.subarray(from, to), position + from - offset);
}
