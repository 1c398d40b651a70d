/** The `objects` table: immutable byte strings, named by hash, checked whenever they are read. */

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type AgentFSError, StorageError } from '../primitives/errors.ts';
import {
  contentId,
  idFromBytes,
  idToBytes,
  type ObjectId,
  structureId,
} from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';

/** What an object is: file content, a link target or a chunk; a tree node; a manifest of chunks. */
export type ObjectKind = 'content' | 'node' | 'manifest';

/** An object on its way into the store. */
export interface NewObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly bytes: Uint8Array;
}

/** A row of the table, as garbage collection and verification see it. */
export interface StoredObject {
  readonly number: number;
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly codec: number;
  /** Bytes before the codec. */
  readonly size: number;
  readonly data: Uint8Array;
}

interface ObjectRow {
  readonly number: number;
  readonly id: Uint8Array;
  readonly kind: number;
  readonly codec: number;
  readonly size: number;
  readonly data: Uint8Array;
}

const KINDS: readonly ObjectKind[] = ['content', 'node', 'manifest'];
const RAW = 0;
const DEFLATE = 1;

/** Gives access to the table; knows nothing of what the bytes mean. */
export class Objects {
  readonly #insert: Statement<unknown>;
  readonly #select: Statement<ObjectRow>;
  readonly #number: Statement<{ number: number }>;
  readonly #after: Statement<ObjectRow>;
  readonly #recode: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #totals: Statement<{ kind: number; count: number; size: number; stored: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO objects (id, kind, codec, size, data) VALUES (?, ?, ${RAW}, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    );
    this.#select = database.prepare('SELECT * FROM objects WHERE id = ?');
    this.#number = database.prepare('SELECT number FROM objects WHERE id = ?');
    this.#after = database.prepare(
      'SELECT * FROM objects WHERE number > ? ORDER BY number LIMIT ?',
    );
    this.#recode = database.prepare('UPDATE objects SET codec = ?, data = ? WHERE number = ?');
    this.#delete = database.prepare('DELETE FROM objects WHERE number = ?');
    this.#totals = database.prepare(
      `SELECT kind, count(*) AS count, sum(size) AS size, sum(length(data)) AS stored
       FROM objects GROUP BY kind ORDER BY kind`,
    );
  }

  /** Stores an object unless it is there. Belongs in the transaction that refers to it. */
  put(object: NewObject): void {
    const { id, kind, bytes } = object;
    this.#insert.run(idToBytes(id), KINDS.indexOf(kind) + 1, bytes.length, bytes);
  }

  /** Whether the object is there, without reading it. */
  has(id: ObjectId): boolean {
    return this.#number.get(idToBytes(id)) !== undefined;
  }

  /** The number of an object's row, by which pins refer to it. */
  numberOf(id: ObjectId): number | undefined {
    return this.#number.get(idToBytes(id))?.number;
  }

  /**
   * The bytes of an object, checked against its id.
   *
   * @throws {StorageError} OBJECT_MISSING when it is not there; OBJECT_CORRUPT when the bytes do
   *   not have that hash, or the object is of another kind.
   */
  read(id: ObjectId, kind: ObjectKind): Buffer {
    const row = this.#select.get(idToBytes(id));
    if (row === undefined) throw missing(id, kind);
    const object = fromRow(row);
    if (object.kind !== kind) throw corrupt(id, `it is a ${object.kind}, not a ${kind}`);
    return decodeObject({ ...object, id });
  }

  /** Up to `limit` rows after row `number`, in the order of their numbers. */
  after(number: number, limit: number): StoredObject[] {
    return this.#after.all(number, limit).map(fromRow);
  }

  /** Removes a row. Only for garbage collection. */
  delete(number: number): void {
    this.#delete.run(number);
  }

  /**
   * Stores an object's bytes deflated when that saves at least a tenth.
   *
   * @param level - 1 (fast) to 9 (small).
   * @returns the bytes saved.
   */
  compress(object: StoredObject, level: number): number {
    if (object.codec !== RAW || object.size < 512) return 0;
    const packed = deflateRawSync(decodeObject(object), { level });
    const saved = object.data.length - packed.length;
    if (saved * 10 < object.data.length) return 0;
    this.#recode.run(DEFLATE, packed, object.number);
    return saved;
  }

  /** Number of objects, bytes before and after the codec, for each kind that there is. */
  totals(): { kind: ObjectKind; count: number; size: number; stored: number }[] {
    return this.#totals.all().map((row) => ({ ...row, kind: kindFrom(row.kind) }));
  }
}

/**
 * The object's bytes without the codec, checked against its id.
 *
 * @throws {StorageError} OBJECT_CORRUPT when they do not have that hash.
 */
export function decodeObject(object: StoredObject): Buffer {
  const { id, kind, codec, size, data } = object;
  const bytes = codec === RAW ? asBuffer(data) : inflate(id, data, size);
  const actual = kind === 'content' ? contentId(bytes) : structureId(bytes);
  if (actual !== id) throw corrupt(id, 'its bytes have another hash');
  return bytes;
}

/** An error that says which object is damaged and how. */
export function corrupt(id: ObjectId, why: string, cause?: unknown): AgentFSError {
  return new StorageError('OBJECT_CORRUPT', `Object ${id} is damaged: ${why}.`, {
    hint: 'Run verify to see which files and snapshots are hit.',
    details: { id },
    cause,
  });
}

function missing(id: ObjectId, kind: ObjectKind): AgentFSError {
  return new StorageError('OBJECT_MISSING', `The store lacks the ${kind} ${id}.`, {
    hint: 'Run verify to see which files and snapshots are hit.',
    details: { id },
  });
}

function inflate(id: ObjectId, data: Uint8Array, size: number): Buffer {
  try {
    // One byte more than promised is enough to see that it is wrong, and bounds a bomb.
    return inflateRawSync(data, { maxOutputLength: size + 1 });
  } catch (error) {
    throw corrupt(id, 'it cannot be decompressed', error);
  }
}

function fromRow(row: ObjectRow): StoredObject {
  return { ...row, id: idFromBytes(row.id), kind: kindFrom(row.kind) };
}

function kindFrom(kind: number): ObjectKind {
  return KINDS[kind - 1] ?? 'content';
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
