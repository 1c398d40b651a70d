/** The `leases` table: what only one process may do at a time. */

import type { Database, Statement } from './database.ts';

/** Who holds a lease. */
export interface LeaseRow {
  readonly name: string;
  /** The holder's process token. */
  readonly holder: string;
  /** Random; tells the grants of one process apart. */
  readonly grantId: string;
  /** Counts up while the holder lives. */
  readonly heartbeat: number;
}

/** Gives access to the table. */
export class Leases {
  readonly #get: Statement<LeaseRow>;
  readonly #put: Statement<unknown>;
  readonly #beat: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #list: Statement<LeaseRow>;

  constructor(database: Database) {
    const columns = 'name, holder, grant_id AS grantId, heartbeat';
    this.#get = database.prepare(`SELECT ${columns} FROM leases WHERE name = ?`);
    this.#list = database.prepare(`SELECT ${columns} FROM leases ORDER BY name`);
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO leases (name, holder, grant_id, heartbeat) VALUES (?, ?, ?, 0)',
    );
    this.#beat = database.prepare(
      'UPDATE leases SET heartbeat = heartbeat + 1 WHERE name = ? AND grant_id = ?',
    );
    this.#delete = database.prepare('DELETE FROM leases WHERE name = ? AND grant_id = ?');
  }

  /** Who holds the lease, or undefined. */
  get(name: string): LeaseRow | undefined {
    return this.#get.get(name);
  }

  /** Gives the lease to a holder, taking it from the one before. */
  grant(name: string, holder: string, grantId: string): void {
    this.#put.run(name, holder, grantId);
  }

  /** Shows that the holder lives; false when the lease was taken away meanwhile. */
  beat(name: string, grantId: string): boolean {
    return this.#beat.run(name, grantId) === 1;
  }

  /** Gives a lease back; harmless when it was taken away meanwhile. */
  release(name: string, grantId: string): void {
    this.#delete.run(name, grantId);
  }

  /** All leases. */
  list(): LeaseRow[] {
    return this.#list.all();
  }
}
