/** Writes into the database of a remote by hand, as somebody might who has its token and no manners. */

import { deflateRawSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { ByteWriter } from '../../src/primitives/bytes.ts';
import {
  contentId,
  idToBytes,
  type ObjectId,
  structureId,
} from '../../src/primitives/object-id.ts';

const KINDS = { content: 1, node: 2, manifest: 3 } as const;

/** An entry with nothing checked; a directory has `files`. */
export interface RawEntry {
  readonly name: string | Uint8Array;
  /** 0 file, 1 directory, 2 link; others are unknown. */
  readonly kind: number;
  readonly mode: number;
  readonly size: number;
  readonly files?: number;
  readonly id: ObjectId;
}

/** How an object is written, where it differs from what it should be. */
export interface RawObject {
  readonly id?: ObjectId;
  readonly size?: number;
  /** 0 raw, 1 deflated. */
  readonly codec?: number;
  readonly payload?: Uint8Array;
  /** How many rows it says that it is spread over. */
  readonly parts?: number;
}

/** An encoded leaf, with these entries in this order. */
export function rawLeaf(entries: readonly RawEntry[], header: readonly number[] = [1, 0]): Buffer {
  const writer = new ByteWriter();
  for (const byte of header) writer.byte(byte);
  writer.integer(entries.length);
  for (const { name, kind, mode, size, files, id } of entries) {
    const bytes = Buffer.from(name);
    writer.integer(bytes.length);
    for (const byte of bytes) writer.byte(byte);
    writer.byte(kind);
    writer.integer(mode);
    writer.integer(0);
    writer.integer(size);
    if (files !== undefined) writer.integer(files);
    writer.id(id);
  }
  return Buffer.from(writer.finish());
}

/** The tables of a remote, open for everything. */
export class HostileRemote implements Disposable {
  readonly #database: Sqlite.Database;

  /** @param file - a remote to which something was pushed. */
  constructor(file: string) {
    this.#database = new Sqlite(file);
    this.#database.pragma('synchronous = OFF');
  }

  /** Runs SQL. */
  change(sql: string, ...values: unknown[]): void {
    this.#database.prepare(sql).run(...values);
  }

  /** The values of the first column. */
  values(sql: string): unknown[] {
    return this.#database.prepare(sql).pluck().all();
  }

  /** Adds an object, or replaces it. */
  put(kind: keyof typeof KINDS, bytes: Uint8Array, raw: RawObject = {}): ObjectId {
    const id = raw.id ?? (kind === 'content' ? contentId(bytes) : structureId(bytes));
    this.change(
      `INSERT OR REPLACE INTO afs_objects (id, kind, codec, size, parts, data)
       VALUES (?, ?, ?, ?, ?, ?)`,
      ...[idToBytes(id), KINDS[kind], raw.codec ?? 0, raw.size ?? bytes.length],
      ...[raw.parts ?? 1, raw.payload ?? bytes],
    );
    return id;
  }

  /** A file whose content is there. */
  file(name: string | Uint8Array, content: string | Uint8Array = 'x'): RawEntry {
    const bytes = Buffer.from(content);
    const id = this.put('content', bytes);
    return { name, kind: 0, mode: 0o644, size: bytes.length, id };
  }

  /** A link whose target is there. */
  link(name: string, target: string | Uint8Array): RawEntry {
    return { ...this.file(name, target), kind: 2, mode: 0o777 };
  }

  /** A directory whose node is there, and which adds it up right. */
  directory(name: string | Uint8Array, entries: readonly RawEntry[]): RawEntry {
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    const files = entries.reduce((sum, entry) => sum + (entry.files ?? 1), 0);
    return { name, kind: 1, mode: 0o755, size, files, id: this.tree(entries) };
  }

  /** A node whose entries are these. */
  tree(entries: readonly RawEntry[]): ObjectId {
    return this.put('node', rawLeaf(entries));
  }

  /** A deflated object that says it has `size` bytes and has `actual`. */
  bomb(kind: keyof typeof KINDS, id: ObjectId, size: number, actual: number): ObjectId {
    const payload = deflateRawSync(Buffer.alloc(actual), { level: 9 });
    return this.put(kind, Buffer.alloc(0), { id, size, codec: 1, payload });
  }

  /** Makes a tree the head of the only workspace, as if another replica had pushed it. */
  move(tree: string, fields: { readonly clock?: number; readonly version?: number } = {}): void {
    this.change(
      `INSERT INTO afs_revisions (workspace, version, move, tree, clock, replica, created_at)
       SELECT workspace, coalesce(?, version + 1), 'move-' || random(), ?, coalesce(?, clock + 1),
         '00000000-0000-4000-8000-000000000000', created_at
       FROM afs_revisions ORDER BY version DESC LIMIT 1`,
      ...[fields.version ?? null, tree, fields.clock ?? null],
    );
  }

  /** Takes the moves back, so that the head is the version. */
  moveBack(version: number): void {
    this.change('DELETE FROM afs_revisions WHERE version > ?', version);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
