/**
 * The `incoming` table: tree nodes and manifests on their way in. They become objects all together,
 * when everything below them is there; until then an interrupted transfer can go on with them.
 */

import { idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';
import type { NewObject, ObjectKind } from './objects.ts';

const NODE = 2;
const MANIFEST = 3;

/** Gives access to the table. */
export class Incoming {
  readonly #insert: Statement<unknown>;
  readonly #select: Statement<{ kind: number; data: Uint8Array }>;
  readonly #admit: Statement<unknown>;
  readonly #clear: Statement<unknown>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      'INSERT OR IGNORE INTO incoming (workspace, id, kind, data) VALUES (?, ?, ?, ?)',
    );
    this.#select = database.prepare(
      'SELECT kind, data FROM incoming WHERE workspace = ? AND id = ?',
    );
    this.#admit = database.prepare(
      `INSERT INTO objects (id, kind, codec, size, data)
       SELECT id, kind, 0, length(data), data FROM incoming WHERE workspace = ? ORDER BY number
       ON CONFLICT (id) DO NOTHING`,
    );
    this.#clear = database.prepare('DELETE FROM incoming WHERE workspace = ?');
  }

  /** Keeps an object that was checked. */
  put(workspace: number, object: NewObject): void {
    const kind = object.kind === 'node' ? NODE : MANIFEST;
    this.#insert.run(workspace, idToBytes(object.id), kind, object.bytes);
  }

  /** The bytes of an object that was kept, or undefined. */
  read(workspace: number, id: ObjectId, kind: ObjectKind): Uint8Array | undefined {
    const row = this.#select.get(workspace, idToBytes(id));
    return row?.kind === (kind === 'node' ? NODE : MANIFEST) ? row.data : undefined;
  }

  /** Turns what was kept for a workspace into objects; in the transaction that refers to them. */
  admit(workspace: number): void {
    this.#admit.run(workspace);
    this.clear(workspace);
  }

  /** Forgets what was kept for a workspace. */
  clear(workspace: number): void {
    this.#clear.run(workspace);
  }
}
