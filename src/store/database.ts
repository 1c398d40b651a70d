/**
 * The SQLite driver port: everything above it prepares statements and opens transactions here, and
 * only here is better-sqlite3 imported and its errors translated.
 */

import { statSync } from 'node:fs';
import Driver from 'better-sqlite3';
import { errorCode, StorageError } from '../primitives/errors.ts';
import {
  closedStore,
  failedSync,
  isFailedSync,
  isMissingDriver,
  missingDriver,
  storageError,
} from './driver-error.ts';
import { withRoom } from './full-disk.ts';
import { isBusy, outwait } from './lock-wait.ts';
import { LogBound, type LogMode, type LogState } from './log-bound.ts';

/** A value that SQLite stores. */
export type SqlValue = string | number | Uint8Array | null;

/** What a prepared statement is given: values by position, or by name. */
export type Binding = SqlValue | Readonly<Record<string, SqlValue>>;

/** A prepared statement whose rows have the shape `Row`. */
export interface Statement<Row> {
  /** Runs the statement and says how many rows it changed. */
  run(...binding: Binding[]): number;
  /** The first row, or undefined. */
  get(...binding: Binding[]): Row | undefined;
  /** All rows. */
  all(...binding: Binding[]): Row[];
  /** Row by row; no other statement may write before the iteration ends. */
  iterate(...binding: Binding[]): IterableIterator<Row>;
}

/** Durable: it, and all before it, survives a power cut. Repeatable: run again on a full disk. */
export type TransactionOptions = { readonly durable?: boolean; readonly repeatable?: boolean };

/** How a database is opened. */
export interface DatabaseOptions {
  /** How long a statement waits for another process's lock, in ms; default 30,000. */
  readonly busyTimeoutMs?: number | undefined;
  /** SQLite's own page cache in KiB; default 8,192. */
  readonly pageCacheKiB?: number | undefined;
  /** Changes nothing, but may leave an empty log beside the file; default false. */
  readonly readOnly?: boolean | undefined;
}

/** One connection to one SQLite file. Not shared between threads. */
export class Database {
  readonly #driver: Driver.Database;
  readonly #path: string;
  readonly #inode: bigint | undefined;
  readonly #busyTimeoutMs: number;
  readonly #control: Record<'begin' | 'read' | 'commit' | 'rollback', Statement<unknown>>;
  readonly #ownChanges: Statement<{ count: number }>;
  /** Why nothing is written any more: the disk has failed to keep something. */
  #failedSync: unknown;
  readonly #log: LogBound;

  private constructor(driver: Driver.Database, path: string, options: DatabaseOptions) {
    this.#driver = driver;
    this.#path = path;
    this.#inode = inodeOf(path);
    this.#busyTimeoutMs = Math.trunc(options.busyTimeoutMs ?? 30_000);
    // SQLite does not wait itself. It writes back only what one large transaction has left.
    this.exec(`
      PRAGMA busy_timeout = 0; PRAGMA wal_autocheckpoint = 16000;
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = 16777216;
      PRAGMA cache_size = -${Math.trunc(options.pageCacheKiB ?? 8192)};
    `);
    this.#control = {
      begin: this.prepare('BEGIN IMMEDIATE'),
      read: this.prepare('BEGIN'),
      commit: this.prepare('COMMIT'),
      rollback: this.prepare('ROLLBACK'),
    };
    this.#ownChanges = this.prepare('SELECT total_changes() AS count');
    this.#log = new LogBound((mode, waitMs) => this.#checkpoint(mode, waitMs));
  }

  /**
   * Opens an existing file, or creates one, or `:memory:`.
   *
   * @throws {StorageError} DRIVER_MISSING when the native binary cannot be loaded; STORE_CORRUPT,
   *   STORE_READ_ONLY, STORE_BUSY, STORE_FULL or STORE_IO when SQLite cannot open the file.
   */
  static open(path: string, options: DatabaseOptions = {}): Database {
    let driver: Driver.Database | undefined;
    try {
      driver = new Driver(path, { readonly: options.readOnly === true });
      return new Database(driver, path, options);
    } catch (error) {
      driver?.close();
      if (isMissingDriver(error)) throw missingDriver(error);
      throw error instanceof StorageError ? error : storageError(error, path);
    }
  }

  /** The file, or `:memory:`. */
  get path(): string {
    return this.#path;
  }

  /**
   * Compiles one statement; do it once, not for each call.
   *
   * @param form - a row is a record of columns by name, or a tuple of them in their order, which
   *   takes half the time.
   */
  prepare<Row>(sql: string, form: 'record' | 'tuple' = 'record'): Statement<Row> {
    const statement = this.#guard(() => this.#driver.prepare<Binding[], Row>(sql));
    if (form === 'tuple') statement.raw();
    const guard = <T>(action: () => T): T => this.#guard(action);
    return {
      run: (...binding) => guard(() => statement.run(...binding).changes),
      get: (...binding) => guard(() => statement.get(...binding)),
      all: (...binding) => guard(() => statement.all(...binding)),
      iterate: (...binding) => this.#rows(statement, binding),
    };
  }

  /** Runs statements that give no rows. */
  exec(sql: string): void {
    this.#guard(() => this.#driver.exec(sql));
  }

  /** The value of a pragma. */
  pragma(name: string): unknown {
    return this.#guard(() => this.#driver.pragma(name, { simple: true }));
  }

  /** Whether a transaction is open. */
  get inTransaction(): boolean {
    return this.#driver.inTransaction;
  }

  /**
   * Runs `action` in one write transaction, from its first statement on (BEGIN IMMEDIATE). Inside
   * another transaction it joins that one, and an error must then be left to reach the outer call.
   * When the disk is full it is rolled back, and the log given back to the disk.
   *
   * @throws {StorageError} STORE_IO when the file was removed or replaced, or an earlier sync failed.
   * @throws what `action` throws, after rolling back.
   */
  transaction<T>(action: () => T, options: TransactionOptions = {}): T {
    const { durable, repeatable = false } = options;
    const { begin } = this.#control;
    if (this.#driver.inTransaction) return action();
    this.#requireFile();
    if (this.#failedSync !== undefined) throw failedSync(this.#failedSync, this.#path);
    const run = (): T => (durable ? this.#durably(action) : this.#bracket(begin, action));
    const result = withRoom(this.#path, run, () => this.checkpoint(), repeatable);
    this.#log.count();
    return result;
  }

  /** Runs `action` against one unchanging state of the database. */
  snapshot<T>(action: () => T): T {
    return this.#driver.inTransaction ? action() : this.#bracket(this.#control.read, action);
  }

  /** A text that is another one after any change of the database, by any process. */
  changeMark(): string {
    return `${this.pragma('data_version')}/${this.#ownChanges.get()?.count ?? 0}`;
  }

  /**
   * Rewrites the file without its free pages.
   *
   * @throws {StorageError} STORE_FULL when the disk has no room for a second copy, STORE_BUSY;
   *   the database is then as it was.
   */
  vacuum(): void {
    // The new copy grows in a temporary database, which must not be in memory.
    this.exec('PRAGMA temp_store = FILE');
    try {
      this.exec('VACUUM');
    } finally {
      this.exec('PRAGMA temp_store = MEMORY');
    }
  }

  /** Writes the log back into the file and truncates it, as far as others allow right now. */
  checkpoint(): void {
    // SQLite would wait for every reader, and with it everything else in this process.
    this.#checkpoint('TRUNCATE', 0);
  }

  #checkpoint(mode: LogMode, waitMs: number): LogState {
    if (waitMs > 0) this.exec(`PRAGMA busy_timeout = ${waitMs}`);
    try {
      const states = this.#guard(() => this.#driver.pragma(`wal_checkpoint(${mode})`));
      return (states as readonly LogState[])[0] ?? { busy: 0, log: 0 };
    } finally {
      if (waitMs > 0) this.exec('PRAGMA busy_timeout = 0');
    }
  }

  /** Closes the connection; harmless when it is closed. */
  close(): void {
    this.#driver.close();
  }

  #durably<T>(action: () => T): T {
    this.exec('PRAGMA synchronous = FULL');
    try {
      return this.#bracket(this.#control.begin, action);
    } finally {
      this.exec('PRAGMA synchronous = NORMAL');
    }
  }

  #bracket<T>(begin: Statement<unknown>, action: () => T): T {
    begin.run();
    try {
      const result = action();
      if (result instanceof Promise) throw new TypeError('A transaction cannot be asynchronous.');
      this.#control.commit.run();
      return result;
    } catch (error) {
      // SQLite itself rolls back on some errors, a full disk among them.
      if (this.#driver.inTransaction) this.#control.rollback.run();
      if (isFailedSync(error)) this.#overwriteFailed();
      throw error;
    }
  }

  /**
   * Goes with a last small write over a transaction that could not be synced: the log holds it
   * whole, as if it had been committed, and a recovery would bring it back.
   */
  #overwriteFailed(): void {
    try {
      this.exec(`PRAGMA user_version = ${this.pragma('user_version')}`);
    } catch {
      // The disk takes nothing at all: then nothing is to be done about what it has.
    }
  }

  /** What is written to a file that has no name any more would be gone with this process. */
  #requireFile(): void {
    if (this.#path === ':memory:' || inodeOf(this.#path) === this.#inode) return;
    throw new StorageError('STORE_IO', `The store was removed or replaced: ${this.#path}.`, {
      path: this.#path,
      hint: 'Put the file back, or open a new AgentFS on the project directory.',
    });
  }

  *#rows<Row>(statement: Driver.Statement<Binding[], Row>, binding: Binding[]): Generator<Row> {
    // The lock that a read may have to wait for is met by its first row.
    const { rows, first } = this.#guard(() => {
      const iterated = statement.iterate(...binding);
      return { rows: iterated, first: iterated.next() };
    });
    if (first.done === true) return;
    try {
      yield first.value;
      yield* rows;
    } catch (error) {
      throw this.#translated(error);
    } finally {
      rows.return?.();
    }
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error, this.#driver.inTransaction)) throw this.#translated(error);
    }
    try {
      return outwait(action, this.#busyTimeoutMs);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): unknown {
    if (errorCode(error)?.startsWith('SQLITE_') !== true) {
      return this.#driver.open ? error : closedStore(error);
    }
    const translated = storageError(error, this.#path);
    // A later sync may succeed though the disk has dropped what this one should have kept.
    if (isFailedSync(translated)) this.#failedSync ??= translated;
    return translated;
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
