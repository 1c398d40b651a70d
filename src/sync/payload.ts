/** Turns objects into payloads, and payloads back into objects that have proved who they are. */

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { contentId, type ObjectId, structureId } from '../primitives/object-id.ts';
import { decodeObject, type ObjectKind, type StoredObject } from '../store/objects.ts';
import type { RemoteObject } from './remote.ts';
import { SyncError } from './sync-errors.ts';

const LEVEL = 6;
const DEFLATED = 1;

/** Below this, deflate saves less than a row costs. */
const MIN_DEFLATE_BYTES = 128;

/** Largest tree node that is taken from a remote, in bytes; a usual one has a few thousand. */
const MAX_NODE_BYTES: number = 8 * 1024 * 1024;

/** Largest manifest; only those of the older form come near to it. */
const MAX_MANIFEST_BYTES: number = 16 * 1024 * 1024;

/**
 * The object as it is sent, checked against its id.
 *
 * @throws {StorageError} OBJECT_CORRUPT: what is damaged here must not get there.
 */
export function packObject(object: StoredObject, compress: boolean): RemoteObject {
  const { id, kind, size } = object;
  const bytes = decodeObject(object);
  if (object.codec === DEFLATED) return { id, kind, size, codec: 'deflate', payload: object.data };
  const deflated =
    compress && size >= MIN_DEFLATE_BYTES ? deflateRawSync(bytes, { level: LEVEL }) : bytes;
  return deflated.length < size * 0.9
    ? { id, kind, size, codec: 'deflate', payload: deflated }
    : { id, kind, size, codec: 'raw', payload: bytes };
}

/** What an object has to be, as something that was checked before says. */
export interface Expected {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  /** Bytes; undefined when it is not known, as for nodes and manifests. */
  readonly size?: number | undefined;
}

/**
 * The bytes of an object that came from a remote.
 *
 * @throws {SyncError} REMOTE_CORRUPT when it is not exactly what was expected.
 */
export function openObject(object: RemoteObject, expected: Expected): Buffer {
  const { kind, size, codec, payload } = object;
  const { id } = expected;
  if (kind !== expected.kind) throw corruptObject(id, `it is a ${kind}, not a ${expected.kind}`);
  if (size !== (expected.size ?? size)) {
    throw corruptObject(id, `it has ${size} bytes, not ${expected.size}`);
  }
  const most = kind === 'manifest' ? MAX_MANIFEST_BYTES : MAX_NODE_BYTES;
  if (expected.size === undefined && size > most) {
    throw corruptObject(id, `it has ${size} bytes, and ${most} are the most`);
  }
  if (codec !== 'raw' && codec !== 'deflate') throw corruptObject(id, 'it is encrypted');
  const bytes = codec === 'raw' ? Buffer.from(payload) : inflate(id, payload, size);
  if (bytes.length !== size) throw corruptObject(id, `it does not have ${size} bytes`);
  const actual = kind === 'content' ? contentId(bytes) : structureId(bytes);
  if (actual !== id) throw corruptObject(id, 'its bytes have another hash');
  return bytes;
}

/** The error for something from a remote that is wrong, naming the object. */
export function corruptObject(id: string, why: string, cause?: unknown): SyncError {
  return new SyncError('REMOTE_CORRUPT', `Object ${id} of the remote was refused: ${why}.`, {
    hint: 'Nothing was changed here. Check who else writes to the remote, or use another one.',
    details: { id },
    cause,
  });
}

function inflate(id: ObjectId, payload: Uint8Array, size: number): Buffer {
  try {
    // One byte more than promised is enough to see that it is wrong, and bounds a bomb.
    return inflateRawSync(payload, { maxOutputLength: size + 1 });
  } catch (error) {
    throw corruptObject(id, 'it cannot be decompressed', error);
  }
}
