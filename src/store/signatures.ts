/**
 * The `identity` and `signatures` tables: what this user stands up for in this store. Whatever is
 * not signed by this user came along with the project, or was changed by somebody else.
 */

import type { Signer } from '../primitives/signer.ts';
import type { Database, Statement } from './database.ts';

/** The subject of the store as a whole: it was made here, or adopted. */
const STORE = 'store';

/** Of users, or homes of one user, that can stand up for one subject; the newest are kept. */
const MOST_SIGNERS = 64;

/** Gives access to both tables, for one user. */
export class Signatures {
  readonly #signer: Signer;
  readonly #identity: string;
  readonly #has: Statement<unknown>;
  readonly #add: Statement<unknown>;
  readonly #prune: Statement<unknown>;
  readonly #delete: Statement<unknown>;

  constructor(database: Database, signer: Signer) {
    this.#signer = signer;
    this.#identity = database.prepare<{ id: string }>('SELECT id FROM identity').get()?.id ?? '';
    this.#has = database.prepare('SELECT 1 FROM signatures WHERE subject = ? AND signature = ?');
    this.#add = database.prepare(
      'INSERT OR IGNORE INTO signatures (subject, signature) VALUES (?, ?)',
    );
    this.#prune = database.prepare(
      `DELETE FROM signatures WHERE subject = :subject AND number <= (
         SELECT number FROM signatures WHERE subject = :subject
         ORDER BY number DESC LIMIT 1 OFFSET :most)`,
    );
    this.#delete = database.prepare('DELETE FROM signatures WHERE subject = ?');
  }

  /** Whether this user has made the store, or has adopted it. */
  get isOwnStore(): boolean {
    return this.isOwn(STORE);
  }

  /** Stands up for the store as a whole. */
  signStore(): void {
    this.add(STORE);
  }

  /** Whether this user stands up for a text under a subject. */
  isOwn(subject: string, text = ''): boolean {
    return this.#has.get(subject, this.#sign(subject, text)) !== undefined;
  }

  /** Stands up for a new text, in place of all that was signed under the subject before. */
  replace(subject: string, text: string): void {
    this.#delete.run(subject);
    this.#add.run(subject, this.#sign(subject, text));
  }

  /** Stands up for a text that is there already, beside others who do. */
  add(subject: string, text = ''): void {
    this.#add.run(subject, this.#sign(subject, text));
    this.#prune.run({ subject, most: MOST_SIGNERS });
  }

  /** Drops all signatures under a subject. */
  delete(subject: string): void {
    this.#delete.run(subject);
  }

  /** Bound to the store, so that a row of another one does not count here. */
  #sign(subject: string, text: string): string {
    return this.#signer.sign('store', JSON.stringify([this.#identity, subject, text]));
  }
}
