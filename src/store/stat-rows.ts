/** The `stat_index` and `directories` tables: what real directories last looked like. */

import { type EntryKind, kindFromNumber, kindNumber } from '../primitives/entry.ts';
import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import { parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import type { Database, Statement } from './database.ts';
import type { Signatures } from './signatures.ts';

/** The number under which the base is indexed; work directories have their workspace's. */
export const BASE_DIRECTORY = 0;

/** One path of a real directory, as it was when its content was last known. */
export interface StatRow {
  readonly kind: EntryKind;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly mtimeMs: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly ctimeMs: number;
  readonly inode: number;
  /** Whether the file may have changed since without a trace. */
  readonly racy: boolean;
  readonly id: ObjectId;
}

/** The state of an indexed directory. */
export interface DirectoryRow {
  /** The tree that it showed. */
  readonly tree: ObjectId;
  /** Whether a command may have left it half changed. */
  readonly dirty: boolean;
  /** Milliseconds since 1970. */
  readonly scannedAt: number;
}

interface Row {
  readonly path: string;
  readonly kind: number;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
  readonly racy: number;
  readonly id: ObjectId;
}

// The id as text: a scan loads every row, and a Buffer for each takes longer than the digits.
const COLUMNS = 'path, kind, mode, size, mtime, ctime, inode, racy, lower(hex(id)) AS id';

/**
 * Gives access to both tables. Everything in them can be found out again by scanning. An index that
 * came along with the project is ignored: it could say of files that they need not be read.
 */
export class StatRows {
  readonly #database: Database;
  readonly #signatures: Signatures;
  readonly #own = new Set<number>();
  readonly #load: Statement<Row>;
  readonly #get: Statement<Row>;
  readonly #below: Statement<Row>;
  readonly #put: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #deleteAll: Statement<unknown>;
  readonly #directory: Statement<{ tree: Uint8Array; dirty: number; scanned_at: number }>;
  readonly #setDirectory: Statement<unknown>;
  readonly #deleteDirectory: Statement<unknown>;
  readonly #contents: Statement<{ path: string; id: Uint8Array; size: number }>;

  constructor(database: Database, signatures: Signatures) {
    this.#database = database;
    this.#signatures = signatures;
    this.#load = database.prepare(`SELECT ${COLUMNS} FROM stat_index WHERE directory = ?`);
    this.#get = database.prepare(
      `SELECT ${COLUMNS} FROM stat_index WHERE directory = ? AND path = ?`,
    );
    this.#below = database.prepare(
      `SELECT ${COLUMNS} FROM stat_index
       WHERE directory = ? AND path > ? || '/' AND path < ? || '0'`,
    );
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO stat_index
         (directory, path, kind, mode, size, mtime, ctime, inode, racy, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = database.prepare('DELETE FROM stat_index WHERE directory = ? AND path = ?');
    this.#deleteAll = database.prepare('DELETE FROM stat_index WHERE directory = ?');
    this.#directory = database.prepare('SELECT * FROM directories WHERE directory = ?');
    this.#setDirectory = database.prepare(
      `INSERT OR REPLACE INTO directories (directory, tree, dirty, scanned_at)
       VALUES (?, ?, ?, ?)`,
    );
    this.#deleteDirectory = database.prepare('DELETE FROM directories WHERE directory = ?');
    this.#contents = database.prepare(
      `SELECT path, id, size FROM stat_index
       WHERE directory = ? AND path > ? AND kind <> 2 ORDER BY path LIMIT ?`,
    );
  }

  /** Whether this user has begun the index of a directory; of any other, nothing is believed. */
  isOwn(directory: number): boolean {
    if (this.#own.has(directory)) return true;
    const isOwn = this.#signatures.isOwn(subjectOf(directory));
    // What a transaction has signed may still be rolled back.
    if (isOwn && !this.#database.inTransaction) this.#own.add(directory);
    return isOwn;
  }

  /** The whole index of a directory, by path. */
  load(directory: number): Map<TreePath, StatRow> {
    const rows = new Map<TreePath, StatRow>();
    if (!this.isOwn(directory)) return rows;
    for (const row of this.#load.all(directory)) rows.set(row.path as TreePath, fromRow(row));
    return rows;
  }

  /** The part of the index that is about these paths: they, what is below and what is above them. */
  loadPaths(directory: number, paths: readonly TreePath[]): Map<TreePath, StatRow> {
    if (paths.includes(ROOT)) return this.load(directory);
    const rows = new Map<TreePath, StatRow>();
    if (!this.isOwn(directory)) return rows;
    for (const path of paths) {
      for (let at = path; at !== ROOT && !rows.has(at); at = parentPath(at)) {
        const row = this.get(directory, at);
        if (row !== undefined) rows.set(at, row);
      }
      for (const row of this.#below.all(directory, path, path)) {
        rows.set(row.path as TreePath, fromRow(row));
      }
    }
    return rows;
  }

  /** One path of the index, or undefined. */
  get(directory: number, path: TreePath): StatRow | undefined {
    const row = this.isOwn(directory) ? this.#get.get(directory, path) : undefined;
    return row === undefined ? undefined : fromRow(row);
  }

  /** Writes one path of the index. */
  put(directory: number, path: string, row: StatRow): void {
    const { kind, mode, size, mtimeMs, ctimeMs, inode, racy, id } = row;
    const stats = [kindNumber(kind), mode, size, mtimeMs, ctimeMs, inode, racy ? 1 : 0];
    this.#put.run(directory, path, ...stats, idToBytes(id));
  }

  /** Removes one path from the index. */
  delete(directory: number, path: string): void {
    this.#delete.run(directory, path);
  }

  /** Starts the index of a directory over, no matter who wrote it: the next scan reads everything. */
  begin(directory: number): void {
    this.#deleteAll.run(directory);
    this.#deleteDirectory.run(directory);
    this.#signatures.add(subjectOf(directory));
  }

  /** Drops the index of a directory that is gone. */
  drop(directory: number): void {
    this.#deleteAll.run(directory);
    this.#deleteDirectory.run(directory);
    this.#signatures.delete(subjectOf(directory));
  }

  /** The state of a directory, or undefined when it was never scanned. */
  directory(directory: number): DirectoryRow | undefined {
    return this.isOwn(directory) ? this.anyDirectory(directory) : undefined;
  }

  /** The same, no matter who wrote it: for work that must not drop what others may need. */
  anyDirectory(directory: number): DirectoryRow | undefined {
    const row = this.#directory.get(directory);
    if (row === undefined) return undefined;
    const { tree, dirty, scanned_at } = row;
    return { tree: idFromBytes(tree), dirty: dirty === 1, scannedAt: scanned_at };
  }

  /** Writes the state of a directory. */
  setDirectory(directory: number, row: DirectoryRow): void {
    this.#setDirectory.run(directory, idToBytes(row.tree), row.dirty ? 1 : 0, row.scannedAt);
  }

  /**
   * The content of up to `limit` files and links of a directory's index, by path, after `after`;
   * no matter who wrote it.
   */
  contents(
    directory: number,
    after: string,
    limit: number,
  ): { path: string; id: ObjectId; size: number }[] {
    const rows = this.#contents.all(directory, after, limit);
    return rows.map(({ path, id, size }) => ({ path, id: idFromBytes(id), size }));
  }
}

function fromRow(row: Row): StatRow {
  return {
    kind: kindFromNumber(row.kind) ?? 'file',
    mode: row.mode,
    size: row.size,
    mtimeMs: row.mtime,
    ctimeMs: row.ctime,
    inode: row.inode,
    racy: row.racy === 1,
    id: row.id,
  };
}

function subjectOf(directory: number): string {
  return `index:${directory}`;
}
