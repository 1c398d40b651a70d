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
  /** The same bytes deflated, where that is there already: it is what is stored then. */
  readonly deflated?: Uint8Array | undefined;
}

/** What the store knows of an object without reading its bytes. */
export interface ObjectFacts {
  readonly number: number;
  readonly kind: ObjectKind;
  /** Bytes before the codec. */
  readonly size: number;
}

/** A row of the table, as verification and compression see it. */
export interface StoredObject extends ObjectFacts {
  readonly id: ObjectId;
  readonly codec: number;
  readonly data: Uint8Array;
}

type ObjectRow = readonly [
  number: number,
  id: Uint8Array,
  kind: number,
  codec: number,
  size: number,
  data: Uint8Array,
];

const COLUMNS = 'number, id, kind, codec, size, data';
const KINDS: readonly ObjectKind[] = ['content', 'node', 'manifest'];
const RAW = 0;
const DEFLATE = 1;

/** Gives access to the table; knows nothing of what the bytes mean. */
export class Objects {
  readonly #insert: Statement<unknown>;
  readonly #select: Statement<ObjectRow>;
  readonly #number: Statement<{ number: number }>;
  readonly #facts: Statement<{ number: number; kind: number; size: number }>;
  readonly #atNumber: Statement<ObjectRow>;
  readonly #stored: Statement<{ id: Uint8Array; stored: number }>;
  readonly #ids: Statement<{ id: Uint8Array; number: number }>;
  readonly #scan: Statement<ObjectRow>;
  readonly #recode: Statement<unknown>;
  readonly #measure: Statement<{ objects: number; bytes: number }>;
  readonly #delete: Statement<unknown>;
  readonly #totals: Statement<{ kind: number; count: number; size: number; stored: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO objects (id, kind, codec, size, data) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    );
    this.#select = database.prepare(`SELECT ${COLUMNS} FROM objects WHERE id = ?`, 'tuple');
    this.#number = database.prepare('SELECT number FROM objects WHERE id = ?');
    this.#facts = database.prepare('SELECT number, kind, size FROM objects WHERE id = ?');
    this.#atNumber = database.prepare(`SELECT ${COLUMNS} FROM objects WHERE number = ?`, 'tuple');
    this.#stored = database.prepare(
      'SELECT id, length(data) AS stored FROM objects WHERE number = ?',
    );
    this.#ids = database.prepare('SELECT id, number FROM objects WHERE id > ? ORDER BY id LIMIT ?');
    // An odd factor visits all remainders, so any share of them is an even sample of the numbers.
    this.#scan = database.prepare(
      `SELECT ${COLUMNS} FROM objects
       WHERE number > :after AND (kind > 1 OR (number * 761 + :seed) % 1000 < :share)
       ORDER BY number`,
      'tuple',
    );
    this.#recode = database.prepare(
      `UPDATE objects SET codec = ${DEFLATE}, data = ? WHERE number = ? AND codec = ${RAW}`,
    );
    this.#measure = database.prepare(
      `SELECT count(*) AS objects, coalesce(sum(length(data)), 0) AS bytes FROM objects
       WHERE number BETWEEN ? AND ?`,
    );
    this.#delete = database.prepare('DELETE FROM objects WHERE number BETWEEN ? AND ?');
    this.#totals = database.prepare(
      `SELECT kind, count(*) AS count, sum(size) AS size, sum(length(data)) AS stored
       FROM objects GROUP BY kind ORDER BY kind`,
    );
  }

  /** Stores an object unless it is there. Belongs in the transaction that refers to it. */
  put(object: NewObject): void {
    const { id, kind, bytes, deflated } = object;
    const codec = deflated === undefined ? RAW : DEFLATE;
    const data = deflated ?? bytes;
    this.#insert.run(idToBytes(id), KINDS.indexOf(kind) + 1, codec, bytes.length, data);
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
    const object = this.find(id);
    if (object === undefined) throw missing(id, kind);
    if (object.kind !== kind) throw corrupt(id, `it is a ${object.kind}, not a ${kind}`);
    return decodeObject({ ...object, id });
  }

  /** What is known of an object without reading it, or undefined when it is not there. */
  facts(id: ObjectId): ObjectFacts | undefined {
    const row = this.#facts.get(idToBytes(id));
    return row === undefined ? undefined : { ...row, kind: kindFrom(row.kind) };
  }

  /** The object with this id, unchecked, or undefined. */
  find(id: ObjectId): StoredObject | undefined {
    const row = this.#select.get(idToBytes(id));
    return row === undefined ? undefined : fromRow(row);
  }

  /** The object in a row, unchecked, or undefined. */
  at(number: number): StoredObject | undefined {
    const row = this.#atNumber.get(number);
    return row === undefined ? undefined : fromRow(row);
  }

  /** The id of the object in a row and the bytes that it takes up, or undefined. */
  storedAt(number: number): { id: ObjectId; stored: number } | undefined {
    const row = this.#stored.get(number);
    return row === undefined ? undefined : { id: idFromBytes(row.id), stored: row.stored };
  }

  /** Up to `limit` objects after `after` (undefined: from the first) in the order of their ids. */
  ids(after: ObjectId | undefined, limit: number): { id: ObjectId; number: number }[] {
    const bytes = after === undefined ? Buffer.alloc(0) : idToBytes(after);
    return this.#ids.all(bytes, limit).map(({ id, number }) => ({ id: idFromBytes(id), number }));
  }

  /**
   * The rows after row `after`, unchecked: all nodes and manifests, and of the contents the share
   * given in thousandths. Another `seed` gives another sample. Nothing may be written meanwhile.
   */
  *scan(after: number, share: number, seed: number): IterableIterator<StoredObject> {
    for (const row of this.#scan.iterate({ after, share, seed })) yield fromRow(row);
  }

  /** How many objects are in the rows from `first` to `last`, and the bytes that they take up. */
  measure(first: number, last: number): { objects: number; bytes: number } {
    return this.#measure.get(first, last) ?? { objects: 0, bytes: 0 };
  }

  /** Removes a row, or the rows from `first` to `last`. Only for garbage collection. */
  delete(first: number, last: number = first): void {
    this.#delete.run(first, last);
  }

  /** Puts the deflated form of its bytes into a row, unless it has one. */
  setDeflated(number: number, deflated: Uint8Array): void {
    this.#recode.run(deflated, number);
  }

  /** Number of objects, bytes before and after the codec, for each kind that there is. */
  totals(): { kind: ObjectKind; count: number; size: number; stored: number }[] {
    return this.#totals.all().map((row) => ({ ...row, kind: kindFrom(row.kind) }));
  }
}

/**
 * The deflated form of an object's bytes, or undefined when that saves less than a tenth, or the
 * object is deflated.
 *
 * @param level - 1 (fast) to 9 (small).
 * @throws {StorageError} OBJECT_CORRUPT.
 */
export function deflateObject(object: StoredObject, level: number): Buffer | undefined {
  if (object.codec !== RAW || object.size < 512) return undefined;
  const deflated = deflateRawSync(decodeObject(object), { level });
  return isWorthwhile(deflated, object.size) ? deflated : undefined;
}

/** Whether bytes are to be kept deflated: it saves a tenth at least. */
export function isWorthwhile(deflated: Uint8Array, size: number): boolean {
  return deflated.length * 10 <= size * 9;
}

/**
 * The object's bytes without the codec, checked against its id.
 *
 * @throws {StorageError} OBJECT_CORRUPT when they do not have that hash.
 */
export function decodeObject(object: StoredObject): Buffer {
  const { id, kind, codec, size, data } = object;
  if (!(data instanceof Uint8Array)) throw corrupt(id, 'its bytes are gone');
  const bytes = codec === RAW ? asBuffer(data) : inflate(id, data, size);
  const actual = kind === 'content' ? contentId(bytes) : structureId(bytes);
  if (actual !== id) throw corrupt(id, 'its bytes have another hash');
  if (bytes.length !== size) throw corrupt(id, `it has ${bytes.length} bytes, not ${size}`);
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

function fromRow([number, id, kind, codec, size, data]: ObjectRow): StoredObject {
  return { number, id: idFromBytes(id), kind: kindFrom(kind), codec, size, data };
}

function kindFrom(kind: number): ObjectKind {
  return KINDS[kind - 1] ?? 'content';
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
