/** The `service_numbers` table: what principals and jobs are numbered with. */

import type { Database, Statement } from './database.ts';

/** Gives access to the table. */
export class ServiceNumbers {
  readonly #take: Statement<{ number: number }>;

  constructor(database: Database) {
    this.#take = database.prepare(
      'UPDATE service_numbers SET next = next + 1 RETURNING next - 1 AS number',
    );
  }

  /** A number that was never given before. */
  take(): number {
    return this.#take.get()?.number ?? 0;
  }
}
