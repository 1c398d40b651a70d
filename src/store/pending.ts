/** The `pending` table: changes of workspaces that are not folded into tree nodes yet. */

import { crc32 } from 'node:zlib';
import { type Entry, kindFromNumber, kindNumber } from '../primitives/entry.ts';
import { StorageError } from '../primitives/errors.ts';
import { idFromBytes, idToBytes } from '../primitives/object-id.ts';
import { nameProblem, pathParts, ROOT, type TreePath } from '../primitives/path.ts';
import type { Database, Statement } from './database.ts';

/** A change at one path; `entry` is undefined when the path was deleted. */
export interface PendingChange {
  readonly path: TreePath;
  readonly entry: Entry | undefined;
}

interface Row {
  readonly path: string;
  readonly epoch: number;
  readonly kind: number;
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
  readonly files: number;
  readonly id: Uint8Array | null;
  readonly checksum: number;
}

const DELETED = 0;

/** Gives access to the table. */
export class Pending {
  readonly #put: Statement<unknown>;
  readonly #clearBelow: Statement<unknown>;
  readonly #clear: Statement<unknown>;
  readonly #load: Statement<Row>;

  constructor(database: Database) {
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO pending
         (workspace, path, epoch, kind, mode, mtime, size, files, id, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    // '0' is the character after '/': the range is everything below the path and nothing else.
    this.#clearBelow = database.prepare(
      "DELETE FROM pending WHERE workspace = ? AND path > ? || '/' AND path < ? || '0'",
    );
    this.#clear = database.prepare('DELETE FROM pending WHERE workspace = ?');
    this.#load = database.prepare('SELECT * FROM pending WHERE workspace = ? ORDER BY path');
  }

  /** Records a change. With `hides`, it takes the place of those recorded below its path. */
  put(workspace: number, epoch: number, change: PendingChange, options: { hides: boolean }): void {
    const { path, entry } = change;
    if (options.hides) this.#clearBelow.run(workspace, path, path);
    const kind = entry === undefined ? DELETED : kindNumber(entry.kind);
    const { mode = 0, mtime = 0, size = 0, files = 0 } = entry ?? {};
    const id = entry === undefined ? null : idToBytes(entry.id);
    const sum = checksum({ path, epoch, kind, mode, mtime, size, files, id });
    this.#put.run(workspace, path, epoch, kind, mode, mtime, size, files, id, sum);
  }

  /**
   * All changes of a workspace, parents first: what is below a path is newer than the path itself.
   *
   * @throws {StorageError} STORE_CORRUPT if a row does not match its checksum or its path is invalid.
   */
  load(workspace: number): PendingChange[] {
    return this.#load.all(workspace).map(fromRow);
  }

  /** Forgets the changes of a workspace, once they are folded or dropped. */
  clear(workspace: number): void {
    this.#clear.run(workspace);
  }
}

function fromRow(row: Row): PendingChange {
  if (checksum(row) !== row.checksum || !isTreePath(row.path)) {
    throw new StorageError('STORE_CORRUPT', `The pending change of '${row.path}' is damaged.`, {
      path: row.path,
      hint: 'Restore the store from a backup, or go back to a snapshot.',
    });
  }
  const path = row.path as TreePath;
  const kind = kindFromNumber(row.kind);
  if (kind === undefined || row.id === null) return { path, entry: undefined };
  const { mode, mtime, size, files } = row;
  return { path, entry: { kind, mode, mtime, size, files, id: idFromBytes(row.id) } };
}

/** Paths decide where a commit writes: a checksum that fits does not make one good. */
function isTreePath(path: string): boolean {
  return path !== ROOT && pathParts(path as TreePath).every((name) => !nameProblem(name));
}

function checksum(row: Omit<Row, 'checksum'>): number {
  const { path, epoch, kind, mode, mtime, size, files, id } = row;
  const plain = crc32(`${path}\0${epoch} ${kind} ${mode} ${mtime} ${size} ${files}`);
  return id === null ? plain : crc32(id, plain);
}
