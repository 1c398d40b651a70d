/** The `events` table: what has happened, in order. */

import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

/** Something that has happened. */
export interface EventRow {
  /** Grows with every event; what a reader has read up to is its cursor. */
  readonly number: number;
  /** Ms since 1970. */
  readonly time: number;
  readonly type: string;
  /** The principal that it comes from; 0 for the daemon. */
  readonly source: number;
  /** The principal that it is for; 0 for everybody. */
  readonly target: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const COLUMNS = new Columns<EventRow>({
  number: 'plain',
  time: 'plain',
  type: 'plain',
  source: 'plain',
  target: 'plain',
  data: 'object',
});

/** Gives access to the table. */
export class ServiceEvents {
  readonly #insert: Statement<{ number: number }>;
  readonly #after: Statement<Stored<EventRow>>;
  readonly #newest: Statement<{ number: number | null }>;
  readonly #prune: Statement<unknown>;

  constructor(database: Database) {
    this.#insert = database.prepare(`INSERT INTO events ${COLUMNS.inserted} RETURNING number`);
    this.#after = database.prepare(
      `SELECT ${COLUMNS.selected} FROM events
       WHERE number > :after AND target IN (0, :target) ORDER BY number`,
    );
    this.#newest = database.prepare('SELECT max(number) AS number FROM events');
    // `octet_length` takes the length from the head of a row, and reads no text.
    this.#prune = database.prepare(
      `DELETE FROM events WHERE number <= max(
         (SELECT max(number) FROM events) - :events,
         (SELECT coalesce(max(number), 0) FROM (
            SELECT number, sum(octet_length(data)) OVER newest AS bytes
            FROM events WINDOW newest AS (ORDER BY number DESC ROWS UNBOUNDED PRECEDING))
          WHERE bytes > :bytes))`,
    );
  }

  /** Adds an event, its data as JSON, and returns its number. */
  insert(event: Omit<EventRow, 'number' | 'data'> & { readonly data: string }): number {
    return this.#insert.get({ ...event })?.number ?? 0;
  }

  /** The next events after a number that are for everybody or for `target`, one by one. */
  *after(after: number, target: number): Generator<EventRow> {
    for (const row of this.#after.iterate({ after, target })) yield COLUMNS.read(row);
  }

  /** The number of the newest event; 0 when there is none. */
  newest(): number {
    return this.#newest.get()?.number ?? 0;
  }

  /** Removes all but the newest events: as many as asked for, and so many bytes of data. */
  prune({ events, bytes }: { readonly events: number; readonly bytes: number }): void {
    this.#prune.run({ events, bytes });
  }
}
