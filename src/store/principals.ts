/** The `principals` table: who a daemon works for. */

import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

/** What a principal is: the holder of a token, or a connection that needs none. */
export type Role = 'admin' | 'app' | 'api' | 'agent';

/** Whom a daemon works for. Times are ms since 1970. */
export interface PrincipalRow {
  readonly id: number;
  /** `''` for a connection that has not given one. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token; null without one. */
  readonly tokenHash: Uint8Array | null;
  /** What it may do: some of `read`, `write`, `run`, `admin`. */
  readonly scopes: readonly string[];
  /** Globs of the workspaces that it reaches. */
  readonly workspaces: readonly string[];
  /** The only project that it reaches; `''` for any. */
  readonly project: string;
  /** Where it may come from; empty for anywhere. */
  readonly ipCidrs: readonly string[];
  /** What the surface that it uses allows it. */
  readonly permissions: Readonly<Record<string, unknown>>;
  /** The workspace that it works in; `''` for none of its own. */
  readonly workspace: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
  /** False once revoked. */
  readonly enabled: boolean;
}

const COLUMNS = new Columns<PrincipalRow>({
  id: 'plain',
  name: 'plain',
  role: 'plain',
  tokenHash: 'plain',
  scopes: 'strings',
  workspaces: 'strings',
  project: 'plain',
  ipCidrs: 'strings',
  permissions: 'object',
  workspace: 'plain',
  createdAt: 'plain',
  lastUsedAt: 'plain',
  expiresAt: 'plain',
  enabled: 'flag',
});

/** Gives access to the table. */
export class Principals {
  readonly #insert: Statement<unknown>;
  readonly #update: Statement<unknown>;
  readonly #get: Statement<Stored<PrincipalRow>>;
  readonly #ofToken: Statement<Stored<PrincipalRow>>;
  readonly #token: Statement<Stored<PrincipalRow>>;
  readonly #agent: Statement<Stored<PrincipalRow>>;
  readonly #tokens: Statement<Stored<PrincipalRow>>;
  readonly #touch: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #deleteAgents: Statement<unknown>;
  readonly #revokeTokens: Statement<unknown>;

  constructor(database: Database) {
    const select = `SELECT ${COLUMNS.selected} FROM principals`;
    this.#insert = database.prepare(`INSERT INTO principals ${COLUMNS.inserted}`);
    this.#update = database.prepare(
      `UPDATE principals SET ${COLUMNS.updatedBut('id', 'role', 'tokenHash', 'createdAt')} WHERE id = :id`,
    );
    this.#get = database.prepare(`${select} WHERE id = ?`);
    this.#ofToken = database.prepare(`${select} WHERE token_hash = ?`);
    this.#token = database.prepare(
      `${select} WHERE token_hash IS NOT NULL AND enabled = 1 AND name = ?`,
    );
    this.#agent = database.prepare(`${select} WHERE role = 'agent' AND name = ? AND name <> ''`);
    this.#tokens = database.prepare(`${select} WHERE token_hash IS NOT NULL ORDER BY id`);
    this.#touch = database.prepare('UPDATE principals SET last_used_at = ? WHERE id = ?');
    this.#delete = database.prepare('DELETE FROM principals WHERE id = ?');
    this.#revokeTokens = database.prepare(
      'UPDATE principals SET enabled = 0 WHERE token_hash IS NOT NULL',
    );
    this.#deleteAgents = database.prepare("DELETE FROM principals WHERE role = 'agent'");
  }

  /** Adds a principal. */
  insert(principal: PrincipalRow): void {
    this.#insert.run(COLUMNS.write(principal));
  }

  /** Writes everything but its role, its token and when it was made. */
  update(principal: PrincipalRow): void {
    const { role: _, tokenHash: __, createdAt: ___, ...changed } = COLUMNS.write(principal);
    this.#update.run(changed);
  }

  /** The principal with this number, or undefined. */
  get(id: number): PrincipalRow | undefined {
    return COLUMNS.find(this.#get.get(id));
  }

  /** The holder of the token with this hash, revoked or not; or undefined. */
  ofToken(hash: Uint8Array): PrincipalRow | undefined {
    return COLUMNS.find(this.#ofToken.get(hash));
  }

  /** The holder of the token of this name that was not revoked, or undefined. */
  token(name: string): PrincipalRow | undefined {
    return COLUMNS.find(this.#token.get(name));
  }

  /** The agent of this name, or undefined. */
  agent(name: string): PrincipalRow | undefined {
    return COLUMNS.find(this.#agent.get(name));
  }

  /** All holders of tokens, revoked ones too, the oldest first. */
  tokens(): PrincipalRow[] {
    return this.#tokens.all().map(COLUMNS.read);
  }

  /** Notes when a principal was last there. */
  touch(id: number, time: number): void {
    this.#touch.run(time, id);
  }

  /** Removes a principal. */
  delete(id: number): void {
    this.#delete.run(id);
  }

  /** Revokes all tokens. */
  revokeTokens(): void {
    this.#revokeTokens.run();
  }

  /** Removes all that have no token: their connections are gone. */
  deleteAgents(): void {
    this.#deleteAgents.run();
  }
}
