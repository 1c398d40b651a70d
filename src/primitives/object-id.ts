/**
 * Object ids: 32-byte hashes, in memory as 64 lowercase hexadecimal digits.
 *
 * Content is named by SHA-256, so that `sha256sum` agrees; what agentfs encodes itself (tree nodes,
 * manifests) is named by SHA-512/256. Two functions, so that no file can have the id of a node,
 * whatever bytes somebody puts in it.
 */

import { hash } from 'node:crypto';
import { StorageError } from './errors.ts';

/** The id of a stored object: 64 lowercase hexadecimal digits. */
export type ObjectId = string & { readonly brand: 'ObjectId' };

/** Bytes of an object id in its binary form. */
export const OBJECT_ID_BYTES = 32;

/** The id of content: SHA-256 of the bytes. */
export function contentId(bytes: Uint8Array): ObjectId {
  return hash('sha256', bytes, 'hex') as ObjectId;
}

/** The id of an encoded tree node or manifest: SHA-512/256 of the encoding. */
export function structureId(bytes: Uint8Array): ObjectId {
  return hash('sha512-256', bytes, 'hex') as ObjectId;
}

/** The id in its 32-byte binary form. */
export function idToBytes(id: ObjectId): Buffer {
  return Buffer.from(id, 'hex');
}

/**
 * The id from its 32-byte binary form, read at `offset`.
 *
 * @throws {StorageError} STORE_CORRUPT when it is not that: a damaged row can hold any value.
 */
export function idFromBytes(bytes: Uint8Array, offset = 0): ObjectId {
  if (!(bytes instanceof Uint8Array) || bytes.length < offset + OBJECT_ID_BYTES) {
    throw new StorageError('STORE_CORRUPT', 'The store holds an id that is not 32 bytes long.', {
      hint: 'Run verify; restore the store from a backup.',
    });
  }
  // What the driver gives are buffers: another one for each id would cost more than the text.
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString('hex', offset, offset + OBJECT_ID_BYTES) as ObjectId;
}

/** The text as an id, or undefined when it is not 64 lowercase hexadecimal digits. */
export function parseObjectId(text: string): ObjectId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as ObjectId) : undefined;
}
