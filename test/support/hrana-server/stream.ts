/** One stream of a Hrana client: a connection with its transaction and its stored SQL. */

import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type {
  Condition,
  HranaError,
  SqlText,
  StatementResult,
  Step,
  StreamRequest,
  StreamResult,
} from './protocol.ts';
import { describeStatement, executeStatement, RequestError } from './statement.ts';

const BUSY_LIMIT_MS = 10_000;
const BUSY_PAUSE_MS = 5;

/** A connection to the database for one client. */
export class Stream {
  readonly #connection: Sqlite.Database;
  readonly #stored = new Map<number, string>();

  constructor(file: string) {
    // No timeout of the driver: it would wait with the event loop held, and the other stream, which
    // has the lock, could never end.
    this.#connection = new Sqlite(file, { timeout: 0 });
    this.#connection.pragma('foreign_keys = ON');
  }

  /** Whether the client has closed it, or the server. */
  get isClosed(): boolean {
    return !this.#connection.open;
  }

  /** Does one request; what goes wrong is in the result. */
  async answer(request: StreamRequest): Promise<StreamResult> {
    try {
      const result = await this.#perform(request);
      const response = { type: request.type, ...(result === undefined ? {} : { result }) };
      return {
        type: 'ok',
        response: request.type === 'get_autocommit' ? this.#autocommit() : response,
      };
    } catch (error) {
      return { type: 'error', error: errorOf(error) };
    }
  }

  /** Rolls back what is open. */
  close(): void {
    this.#connection.close();
  }

  async #perform(request: StreamRequest): Promise<unknown> {
    switch (request.type) {
      case 'execute':
        return whenFree(() =>
          executeStatement(this.#connection, this.#sql(request.stmt), request.stmt),
        );
      case 'batch':
        return this.#batch(request.batch.steps);
      case 'sequence':
        return this.#sequence(this.#sql(request));
      case 'describe':
        return describeStatement(this.#connection, this.#sql(request));
      case 'store_sql':
        this.#stored.set(request.sql_id, request.sql);
        return undefined;
      case 'close_sql':
        this.#stored.delete(request.sql_id);
        return undefined;
      case 'get_autocommit':
        return undefined;
      case 'close':
        this.close();
        return undefined;
    }
  }

  async #batch(steps: readonly Step[]): Promise<unknown> {
    const results: (StatementResult | null)[] = [];
    const errors: (HranaError | null)[] = [];
    for (const { condition, stmt } of steps) {
      results.push(null);
      errors.push(null);
      if (condition && !this.#holds(condition, results, errors)) continue;
      try {
        results[results.length - 1] = await whenFree(() =>
          executeStatement(this.#connection, this.#sql(stmt), stmt),
        );
      } catch (error) {
        errors[errors.length - 1] = errorOf(error);
      }
    }
    return { step_results: results, step_errors: errors };
  }

  async #sequence(sql: string): Promise<void> {
    // Several statements cannot be tried again from the first, so the lock has to be free before.
    if (!this.#connection.inTransaction) {
      await whenFree(() => this.#connection.exec('BEGIN IMMEDIATE; ROLLBACK'));
    }
    this.#connection.exec(sql);
  }

  #holds(
    condition: Condition,
    results: readonly (StatementResult | null)[],
    errors: readonly (HranaError | null)[],
  ): boolean {
    switch (condition.type) {
      case 'ok':
        return (results[condition.step] ?? null) !== null;
      case 'error':
        return (errors[condition.step] ?? null) !== null;
      case 'not':
        return !this.#holds(condition.cond, results, errors);
      case 'and':
        return condition.conds.every((each) => this.#holds(each, results, errors));
      case 'or':
        return condition.conds.some((each) => this.#holds(each, results, errors));
      case 'is_autocommit':
        return !this.#connection.inTransaction;
    }
  }

  #autocommit(): { type: string; is_autocommit: boolean } {
    return { type: 'get_autocommit', is_autocommit: !this.#connection.inTransaction };
  }

  #sql({ sql, sql_id: id }: SqlText): string {
    const text = sql ?? (id === undefined ? undefined : this.#stored.get(id));
    if (text === undefined) throw new RequestError('SQL_NOT_FOUND', `No SQL is stored as ${id}.`);
    return text;
  }
}

/** Waits for another stream or process to let go of the lock, with the event loop free. */
async function whenFree<Result>(action: () => Result): Promise<Result> {
  const deadline = performance.now() + BUSY_LIMIT_MS;
  for (;;) {
    try {
      return action();
    } catch (error) {
      const isBusy = error instanceof Sqlite.SqliteError && error.code === 'SQLITE_BUSY';
      if (!isBusy || performance.now() > deadline) throw error;
    }
    await delay(BUSY_PAUSE_MS);
  }
}

function errorOf(error: unknown): HranaError {
  if (error instanceof Sqlite.SqliteError || error instanceof RequestError) {
    return { message: error.message, code: error.code };
  }
  return { message: String(error), code: 'SQL_INPUT_ERROR' };
}
