/**
 * File content of any size. Up to 1 MiB it is one object; above, a manifest and chunks.
 * Hashing happens in `prepare`, `patch` and `truncate`, before a transaction; `put` only inserts.
 */

import { LRUCache } from 'lru-cache';
import { CHUNK_THRESHOLD, PIECE_BYTES } from '../primitives/limits.ts';
import { contentId, type ObjectId } from '../primitives/object-id.ts';
import { chunkEnd } from './chunker.ts';
import { rewriteFixed } from './fixed-chunks.ts';
import { decodeManifest, type Manifest, ManifestBuilder, type Part } from './manifest.ts';
import { corrupt, type NewObject, type ObjectKind, type Objects } from './objects.ts';
import { type Edit, type OldChunks, rewriteChunks } from './rewrite-chunks.ts';

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
/** What a buffer from the driver takes beside its bytes, with its key: 354 on the heap, 390 outside. */
const BYTES_AROUND = 768;

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
      sizeCalculation: (bytes) => bytes.length + BYTES_AROUND,
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
    if (ref.size <= CHUNK_THRESHOLD) return this.#cached(ref.id, 'content').subarray(start, end);
    const whole = Buffer.allocUnsafe(Math.max(end - start, 0));
    let filled = 0;
    for (const bytes of this.#slices(ref, start, end)) filled += bytes.copy(whole, filled);
    return whole.subarray(0, filled);
  }

  /**
   * The same bytes as {@link read}, in pieces of up to `PIECE_BYTES`, or one small file.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  *pieces(ref: ContentRef, start = 0, end: number = ref.size): IterableIterator<Buffer> {
    if (ref.size <= CHUNK_THRESHOLD) {
      if (end > start) yield this.read(ref, start, end);
      return;
    }
    let left = end - start;
    let piece = Buffer.allocUnsafe(0);
    let filled = 0;
    for (const bytes of this.#slices(ref, start, end)) {
      if (filled + bytes.length > piece.length) {
        if (filled > 0) yield piece.subarray(0, filled);
        // Whoever took the last one may still use it.
        piece = Buffer.allocUnsafeSlow(Math.max(bytes.length, Math.min(left, PIECE_BYTES)));
        filled = 0;
      }
      filled += bytes.copy(piece, filled);
      left -= bytes.length;
    }
    if (filled > 0) yield piece.subarray(0, filled);
  }

  /**
   * One node of a manifest, read from the store.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  manifest(id: ObjectId): Manifest {
    return decoded(id, this.#objects.read(id, 'manifest'));
  }

  /**
   * Everything that a manifest leads to, each after what is below it; the manifest itself is left out.
   *
   * @param isOpened - whether to look below the manifest with this id, when it is not the first one.
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT.
   */
  *below(
    id: ObjectId,
    isOpened: (id: ObjectId) => boolean = () => true,
  ): Generator<Part & { readonly kind: ObjectKind }> {
    const { level, parts } = this.manifest(id);
    for (const part of parts) {
      if (level > 0 && isOpened(part.id)) yield* this.below(part.id, isOpened);
      yield { ...part, kind: level > 0 ? 'manifest' : 'content' };
    }
  }

  /**
   * Prepares `ref` with `data` written at `position`, which may lie beyond its end (the gap reads
   * as zeros). Only the chunks around `data` are read and hashed.
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
    const to = position + data.length;
    const edit: Edit = {
      ...{ size, from: Math.min(position, ref.size), to },
      read: (start, end) => this.#part(ref, start, end, position, data),
      isGap: (start, end) => start >= ref.size && (position >= end || to <= start),
    };
    const top = ref.size > CHUNK_THRESHOLD ? this.#node(ref.id) : undefined;
    if (top?.isFixed === true) {
      const objects = rewriteFixed(top.parts, edit);
      return { id: objects.at(-1)?.id ?? ref.id, size, objects };
    }
    const known = new Set<ObjectId>();
    const objects: NewObject[] = [];
    const nodes = top === undefined ? [] : this.#lowestNodes(ref, known);
    const old: OldChunks = {
      ...{ size: ref.size, nodes },
      open: ({ id }) => this.#node(id).parts,
    };
    const changed = rewriteChunks(old, edit, (object) => {
      if (!known.has(object.id)) objects.push(object);
      known.add(object.id);
    });
    return { ...changed, objects };
  }

  /** The manifests of level 0 below the one of a file; all that are read are added to `seen`. */
  #lowestNodes(top: Part, seen: Set<ObjectId>): Part[] {
    seen.add(top.id);
    const { level, parts } = this.#node(top.id);
    if (level === 0) return [top];
    for (const { id } of parts) seen.add(id);
    return level === 1 ? [...parts] : parts.flatMap((part) => this.#lowestNodes(part, seen));
  }

  /** What of each chunk lies from `start` up to `end` of a chunked file, in order. */
  *#slices({ id }: Part, start: number, end: number): Generator<Buffer> {
    const { level, parts } = this.#node(id);
    let offset = 0;
    for (const part of parts) {
      if (offset >= end) return;
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, part.size);
      offset += part.size;
      if (from >= to) continue;
      if (level > 0) yield* this.#slices(part, from, to);
      else yield this.#chunk(part).subarray(from, to);
    }
  }

  #chunk({ id, size }: Part): Buffer {
    // Chunks stay out of the cache: one large file would push out everything else.
    const bytes = this.#objects.read(id, 'content');
    if (bytes.length !== size) throw corrupt(id, `as a chunk it has ${size} bytes`);
    return bytes;
  }

  #node(id: ObjectId): Manifest {
    return decoded(id, this.#cached(id, 'manifest'));
  }

  /** The bytes of `ref` from `offset` to `end`, zeros beyond its own, with `data` over them. */
  #part(ref: ContentRef, offset: number, end: number, position: number, data: Uint8Array): Buffer {
    const bytes = Buffer.alloc(end - offset);
    if (offset < ref.size) this.read(ref, offset, Math.min(end, ref.size)).copy(bytes);
    overlay(bytes, offset, data, position);
    return bytes;
  }

  #cached(id: ObjectId, kind: ObjectKind): Buffer {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const bytes = this.#objects.read(id, kind);
    this.#cache.set(id, bytes);
    return bytes;
  }
}

/** Hashes content that is in memory and lists the objects it consists of, which share its memory. */
export function prepareContent(bytes: Uint8Array): PreparedContent {
  if (bytes.length <= CHUNK_THRESHOLD) {
    const id = contentId(bytes);
    return { id, size: bytes.length, objects: [{ id, kind: 'content', bytes }] };
  }
  const objects: NewObject[] = [];
  const manifest = new ManifestBuilder((node) => objects.push(node));
  for (let start = 0; start < bytes.length; ) {
    const end = chunkEnd(bytes, start, bytes.length, start);
    const chunk = bytes.subarray(start, end);
    const id = contentId(chunk);
    objects.push({ id, kind: 'content', bytes: chunk });
    manifest.add({ id, size: chunk.length });
    start = end;
  }
  return { id: manifest.finish().id, size: bytes.length, objects };
}

function decoded(id: ObjectId, bytes: Uint8Array): Manifest {
  try {
    return decodeManifest(bytes);
  } catch (error) {
    throw corrupt(id, 'it is not a manifest', error);
  }
}

/** Copies the part of `data`, which begins at `position` of the file, that falls into `bytes`. */
function overlay(bytes: Buffer, offset: number, data: Uint8Array, position: number): void {
  const from = Math.max(offset - position, 0);
  const to = Math.min(offset + bytes.length - position, data.length);
  if (to > from) bytes.set(data.subarray(from, to), position + from - offset);
}
