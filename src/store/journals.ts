/** The `journals` table: commits on their way to disk. */

import type { Database, Statement } from './database.ts';
import type { Signatures } from './signatures.ts';

/** A commit between the first and the last touch of the base. */
export interface JournalRow {
  readonly number: number;
  /** `prepared` has to be taken back after a crash; `applied` has only leftovers to remove. */
  readonly state: 'prepared' | 'applied';
  /** JSON, as docs/FORMAT.md describes. */
  readonly steps: string;
  readonly createdAt: number;
  /** Whether this user has begun or adopted it: no other one may lead to changes of the base. */
  readonly isOwn: boolean;
}

type Row = Omit<JournalRow, 'isOwn'>;

/** Gives access to the table. */
export class Journals {
  readonly #signatures: Signatures;
  readonly #insert: Statement<{ number: number }>;
  readonly #setSteps: Statement<unknown>;
  readonly #applied: Statement<unknown>;
  readonly #delete: Statement<unknown>;
  readonly #list: Statement<Row>;

  constructor(database: Database, signatures: Signatures) {
    this.#signatures = signatures;
    this.#insert = database.prepare(
      `INSERT INTO journals (state, steps, created_at) VALUES ('prepared', '[]', ?)
       RETURNING number`,
    );
    this.#setSteps = database.prepare('UPDATE journals SET steps = ? WHERE number = ?');
    this.#applied = database.prepare(
      "UPDATE journals SET state = 'applied' WHERE number = ? AND state = 'prepared'",
    );
    this.#delete = database.prepare('DELETE FROM journals WHERE number = ?');
    this.#list = database.prepare(
      'SELECT number, state, steps, created_at AS createdAt FROM journals ORDER BY number',
    );
  }

  /** Begins a journal and returns its number, from which staged files take their names. */
  begin(createdAt: number): number {
    return this.#insert.get(createdAt)?.number ?? 0;
  }

  /** Writes down and signs what is about to happen. Must be durable before anything does. */
  setSteps(number: number, steps: string): void {
    this.#setSteps.run(steps, number);
    this.#signatures.replace(subjectOf(number), steps);
  }

  /** Signs a journal that came along. */
  adopt({ number, steps }: JournalRow): void {
    this.#signatures.add(subjectOf(number), steps);
  }

  /** Records that the base is as the commit wants it; false when the journal was ended meanwhile. */
  markApplied(number: number): boolean {
    return this.#applied.run(number) === 1;
  }

  /** Ends a journal. */
  end(number: number): void {
    this.#delete.run(number);
    this.#signatures.delete(subjectOf(number));
  }

  /** The journals that have not ended. */
  list(): JournalRow[] {
    return this.#list.all().map((row) => ({
      ...row,
      isOwn: this.#signatures.isOwn(subjectOf(row.number), row.steps),
    }));
  }
}

function subjectOf(number: number): string {
  return `journal:${number}`;
}
