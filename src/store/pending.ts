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
  readonly #clear: Statement<unknown>;
  readonly #load: Statement<Row>;
  readonly #upTo: Statement<unknown>;

  constructor(database: Database) {
    this.#put = database.prepare(
      `INSERT INTO pending (workspace, epoch, path, kind, mode, mtime, size, files, id, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#clear = database.prepare('DELETE FROM pending WHERE workspace = ?');
    this.#upTo = database.prepare(
      'SELECT 1 FROM pending WHERE workspace = ? AND epoch <= ? LIMIT 1',
    );
    this.#load = database.prepare(
      'SELECT * FROM pending WHERE workspace = ? AND epoch > ? ORDER BY epoch, path',
    );
  }

  /** Records a change: one for a path of an epoch, and none below a path that hides it. */
  put(workspace: number, epoch: number, { path, entry }: PendingChange): void {
    const kind = entry === undefined ? DELETED : kindNumber(entry.kind);
    const { mode = 0, mtime = 0, size = 0, files = 0 } = entry ?? {};
    const id = entry === undefined ? null : idToBytes(entry.id);
    const sum = checksum({ path, epoch, kind, mode, mtime, size, files, id });
    this.#put.run(workspace, epoch, path, kind, mode, mtime, size, files, id, sum);
  }

  /**
   * The changes of a workspace in their order: each hides those before it at its path and below.
   *
   * @param after - only those with a greater epoch; default all.
   * @throws {StorageError} STORE_CORRUPT if a row does not match its checksum or its path is invalid.
   */
  load(workspace: number, after = 0): PendingChange[] {
    return this.#load.all(workspace, after).map(fromRow);
  }

  /** Whether the workspace has changes up to an epoch, and so all of them: they go together. */
  hasUpTo(workspace: number, epoch: number): boolean {
    return this.#upTo.get(workspace, epoch) !== undefined;
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
