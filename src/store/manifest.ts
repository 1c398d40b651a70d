/**
 * The manifest of a chunked file: the ids and sizes of its chunks in order, as a tree, so that a
 * change rewrites the nodes above its chunks and no others. Stores that are older have manifests
 * which are one flat list of chunks of a fixed size (`fixed-chunks.ts`).
 */

import { ByteReader, ByteWriter } from '../primitives/bytes.ts';
import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import { OBJECT_ID_BYTES, type ObjectId, structureId } from '../primitives/object-id.ts';
import type { NewObject } from './objects.ts';

const FIXED_VERSION = 1;
const VERSION = 2;

/** Bytes of every chunk but the last in the older form. */
export const FIXED_CHUNK_BYTES: number = 256 * 1024;

/** Enough for any file: a node has at least {@link FEWEST} parts, but for the last one of a level. */
const HIGHEST_LEVEL = 12;

// A node ends behind a part whose id ends with the digit 0, or is full.
const FEWEST = 8;
const MOST = 128;
const BOUNDARY = '0';

/** A run of bytes of a file: a chunk, or all that a manifest below leads to. */
export interface Part {
  readonly id: ObjectId;
  /** Bytes of the file. */
  readonly size: number;
}

/** A node of a manifest; the one on top names the file. */
export interface Manifest {
  /** Whether it is of the older form. */
  readonly isFixed: boolean;
  /** 0 when the parts are chunks; else one more than that of the manifests which they are. */
  readonly level: number;
  /** Bytes of all parts. */
  readonly size: number;
  readonly parts: readonly Part[];
}

/**
 * Reads a manifest of either form.
 *
 * @throws {RangeError} when the bytes are not the encoding of a manifest.
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version === FIXED_VERSION) return decodeFixed(reader);
  if (version !== VERSION) throw new RangeError(`manifest version ${version} is unknown`);
  const level = reader.byte();
  if (level > HIGHEST_LEVEL) throw new RangeError(`level ${level} of a manifest is too high`);
  const count = reader.integer();
  if (count === 0 || count > MOST) throw new RangeError(`${count} parts make no manifest`);
  const parts: Part[] = [];
  let size = 0;
  for (let i = 0; i < count; i++) {
    const part = { size: reader.integer(), id: reader.id() };
    if (part.size === 0) throw new RangeError('a part of a manifest is empty');
    parts.push(part);
    size += part.size;
  }
  reader.end();
  if (!Number.isSafeInteger(size)) throw new RangeError('the parts are too large together');
  return { isFixed: false, level, size, parts };
}

/** The encoding of the older form: `size` bytes in chunks of {@link FIXED_CHUNK_BYTES}. */
export function encodeFixed(size: number, chunks: readonly ObjectId[]): Buffer {
  const writer = new ByteWriter(16 + chunks.length * OBJECT_ID_BYTES);
  writer.byte(FIXED_VERSION);
  writer.integer(size);
  for (const chunk of chunks) writer.id(chunk);
  return writer.finish();
}

function decodeFixed(reader: ByteReader): Manifest {
  const size = reader.integer();
  if (size <= CHUNK_THRESHOLD) throw new RangeError(`${size} bytes need no manifest`);
  const parts: Part[] = [];
  for (let left = size; reader.remaining > 0; left -= FIXED_CHUNK_BYTES) {
    parts.push({ id: reader.id(), size: Math.min(left, FIXED_CHUNK_BYTES) });
  }
  if (parts.length !== Math.ceil(size / FIXED_CHUNK_BYTES)) {
    throw new RangeError(`${parts.length} chunks cannot be ${size} bytes`);
  }
  return { isFixed: true, level: 0, size, parts };
}

/** Makes the manifest of chunks that come one after the other; equal chunks have an equal one. */
export class ManifestBuilder {
  readonly #take: (manifest: NewObject) => void;
  /** What is not in a node yet, by level. */
  readonly #open: Part[][] = [[]];

  /** @param take - is given each node, those below before those above. */
  constructor(take: (manifest: NewObject) => void) {
    this.#take = take;
  }

  /** Whether the next chunk begins a node of level 0, so that a whole one can be added as well. */
  get isBetweenNodes(): boolean {
    return this.#open[0]?.length === 0;
  }

  /** Adds a chunk, or with `level` 1 a node of level 0 that is complete by its own end. */
  add(part: Part, level = 0): void {
    let parts = this.#open[level];
    if (parts === undefined) {
      parts = [];
      this.#open[level] = parts;
    }
    parts.push(part);
    const isBoundary = parts.length >= FEWEST && part.id.endsWith(BOUNDARY);
    if (isBoundary || parts.length === MOST) this.#close(level);
  }

  /** Ends the file; the manifest on top. */
  finish(): Part {
    for (let level = 0; ; level++) {
      const parts = this.#open[level] ?? [];
      const isTop = level === this.#open.length - 1;
      const [only] = parts;
      if (isTop && level > 0 && only !== undefined && parts.length === 1) return only;
      if (parts.length > 0) this.#close(level);
    }
  }

  #close(level: number): void {
    const parts = this.#open[level] ?? [];
    this.#open[level] = [];
    const bytes = encodeManifest(level, parts);
    const id = structureId(bytes);
    this.#take({ id, kind: 'manifest', bytes });
    this.add({ id, size: parts.reduce((sum, { size }) => sum + size, 0) }, level + 1);
  }
}

/** The encoding of one node. */
function encodeManifest(level: number, parts: readonly Part[]): Buffer {
  const writer = new ByteWriter(16 + parts.length * (OBJECT_ID_BYTES + 4));
  writer.byte(VERSION);
  writer.byte(level);
  writer.integer(parts.length);
  for (const { id, size } of parts) {
    writer.integer(size);
    writer.id(id);
  }
  return writer.finish();
}
