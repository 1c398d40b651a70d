/**
 * The manifest of a chunked file: its size and the ids of its chunks. Chunks have a fixed size, so
 * equal content has an equal manifest, and a change in place touches one chunk.
 */

import { ByteReader, ByteWriter } from '../primitives/bytes.ts';
import { CHUNK_SIZE, CHUNK_THRESHOLD } from '../primitives/limits.ts';
import { OBJECT_ID_BYTES, type ObjectId } from '../primitives/object-id.ts';

const VERSION = 1;

/** Where the bytes of a chunked file are. */
export interface Manifest {
  /** Bytes of the whole file; above {@link CHUNK_THRESHOLD}. */
  readonly size: number;
  /** The chunks in order, each of {@link CHUNK_SIZE} bytes but the last. */
  readonly chunks: readonly ObjectId[];
}

/** The canonical encoding of a manifest. */
export function encodeManifest(manifest: Manifest): Buffer {
  const writer = new ByteWriter(16 + manifest.chunks.length * OBJECT_ID_BYTES);
  writer.byte(VERSION);
  writer.integer(manifest.size);
  for (const chunk of manifest.chunks) writer.id(chunk);
  return writer.finish();
}

/**
 * Reads what {@link encodeManifest} wrote.
 *
 * @throws {RangeError} when the bytes are not the encoding of a manifest.
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new RangeError(`manifest version ${version} is unknown`);
  const size = reader.integer();
  if (size <= CHUNK_THRESHOLD) throw new RangeError(`${size} bytes need no manifest`);
  const chunks: ObjectId[] = [];
  while (reader.remaining > 0) chunks.push(reader.id());
  if (chunks.length !== Math.ceil(size / CHUNK_SIZE)) {
    throw new RangeError(`${chunks.length} chunks cannot be ${size} bytes`);
  }
  return { size, chunks };
}
