/** The `state_entries` table: keys and values that clients keep. */

import type { Database, Statement } from './database.ts';

/** An entry; one that has expired is never handed out. */
export interface StateEntry {
  /** `global`, `agent`, `session`, or one of a surface. */
  readonly scope: string;
  /** A principal; 0 where all share the keys. */
  readonly owner: number;
  readonly key: string;
  /** JSON. */
  readonly value: string;
  /** Ms since 1970; null for never. */
  readonly expiresAt: number | null;
}

/** Gives access to the table. */
export class StateEntries {
  readonly #put: Statement<unknown>;
  readonly #get: Statement<StateEntry>;
  readonly #list: Statement<StateEntry>;
  readonly #delete: Statement<{ isAlive: number }>;
  readonly #deleteScope: Statement<unknown>;
  readonly #expire: Statement<unknown>;

  constructor(database: Database) {
    const columns = 'scope, owner, key, value, expires_at AS expiresAt';
    const alive = '(expires_at IS NULL OR expires_at > :now)';
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO state_entries (scope, owner, key, value, expires_at)
       VALUES (:scope, :owner, :key, :value, :expiresAt)`,
    );
    this.#get = database.prepare(
      `SELECT ${columns} FROM state_entries
       WHERE scope = :scope AND owner = :owner AND key = :key AND ${alive}`,
    );
    this.#list = database.prepare(
      `SELECT ${columns} FROM state_entries WHERE scope = :scope AND owner = :owner
         AND substr(key, 1, length(:prefix)) = :prefix AND ${alive} ORDER BY key`,
    );
    this.#delete = database.prepare(
      `DELETE FROM state_entries WHERE scope = :scope AND owner = :owner AND key = :key
       RETURNING ${alive} AS isAlive`,
    );
    this.#deleteScope = database.prepare('DELETE FROM state_entries WHERE scope = ?');
    this.#expire = database.prepare('DELETE FROM state_entries WHERE expires_at <= ?');
  }

  /** Sets an entry. */
  put(entry: StateEntry): void {
    this.#put.run({ ...entry });
  }

  /** An entry that has not expired at `now`, or undefined. */
  get(scope: string, owner: number, key: string, now: number): StateEntry | undefined {
    return this.#get.get({ scope, owner, key, now });
  }

  /** The entries whose keys begin with `prefix` and that have not expired at `now`, by key. */
  list(scope: string, owner: number, prefix: string, now: number): StateEntry[] {
    return this.#list.all({ scope, owner, prefix, now });
  }

  /** Removes an entry; whether there was one that had not expired at `now`. */
  delete(scope: string, owner: number, key: string, now: number): boolean {
    return this.#delete.get({ scope, owner, key, now })?.isAlive === 1;
  }

  /** Removes all entries of a scope. */
  deleteScope(scope: string): void {
    this.#deleteScope.run(scope);
  }

  /** Removes what has expired at `now`. */
  expire(now: number): void {
    this.#expire.run(now);
  }
}
