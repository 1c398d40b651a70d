/** The `shared_records` table: what other replicas of a workspace have recorded of themselves. */

import type { Database, Statement } from './database.ts';

/** What a record is. */
export type SharedKind = 'snapshot' | 'commit' | 'audit';

/** A record of another replica. */
export interface SharedRecord {
  readonly workspace: number;
  readonly kind: SharedKind;
  readonly id: string;
  /** Uuid of the replica that it comes from. */
  readonly replica: string;
  /** JSON. */
  readonly data: string;
}

interface Row {
  readonly workspace: number;
  readonly kind: number;
  readonly id: string;
  readonly replica: string;
  readonly data: string;
}

const KINDS: readonly SharedKind[] = ['snapshot', 'commit', 'audit'];

/** Gives access to the table. */
export class SharedRecords {
  readonly #insert: Statement<unknown>;
  readonly #has: Statement<unknown>;
  readonly #list: Statement<Row>;
  readonly #newest: Statement<Row>;
  readonly #clear: Statement<unknown>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT OR IGNORE INTO shared_records (workspace, kind, id, replica, data)
       VALUES (:workspace, :kind, :id, :replica, :data)`,
    );
    this.#has = database.prepare(
      'SELECT 1 FROM shared_records WHERE workspace = ? AND kind = ? AND id = ?',
    );
    this.#list = database.prepare(
      'SELECT * FROM shared_records WHERE workspace = ? AND kind = ? ORDER BY number',
    );
    // The plus keeps SQLite from an index, after which it would sort all records.
    this.#newest = database.prepare(
      `SELECT * FROM shared_records WHERE +workspace = ? AND kind = ? AND replica = ?
       ORDER BY number DESC LIMIT 1`,
    );
    this.#clear = database.prepare('DELETE FROM shared_records WHERE workspace = ?');
  }

  /** Adds a record unless one with its id is there. */
  add(record: SharedRecord): void {
    this.#insert.run({ ...record, kind: numberOf(record.kind) });
  }

  /** Whether there is a record with this id. */
  has(workspace: number, kind: SharedKind, id: string): boolean {
    return this.#has.get(workspace, numberOf(kind), id) !== undefined;
  }

  /** The records of a kind, in the order in which they came. */
  list(workspace: number, kind: SharedKind): SharedRecord[] {
    return this.#list.all(workspace, numberOf(kind)).map(fromRow);
  }

  /** The newest record of a kind that comes from a replica, or undefined. */
  newest(workspace: number, kind: SharedKind, replica: string): SharedRecord | undefined {
    const row = this.#newest.get(workspace, numberOf(kind), replica);
    return row === undefined ? undefined : fromRow(row);
  }

  /** Forgets the records of a workspace. */
  clear(workspace: number): void {
    this.#clear.run(workspace);
  }
}

function numberOf(kind: SharedKind): number {
  return KINDS.indexOf(kind) + 1;
}

function fromRow(row: Row): SharedRecord {
  return { ...row, kind: KINDS[row.kind - 1] ?? 'audit' };
}
