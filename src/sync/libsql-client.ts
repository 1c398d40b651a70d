/**
 * The libSQL driver port: the only file that imports @libsql/client, on first use, as that takes
 * longer than most commands. Sends statements and translates errors; knows no table.
 */

import type { Client, InValue, ResultSet } from '@libsql/client';
import type { ErrorCode } from '../primitives/error-code.ts';
import { errorCode } from '../primitives/errors.ts';
import { remoteFetch, withSignal } from './libsql-fetch.ts';
import type { RemoteCall } from './remote.ts';
import { SyncError } from './sync-errors.ts';

/** A statement and its values by name. */
export interface RemoteStatement {
  readonly sql: string;
  readonly args?: Readonly<Record<string, InValue>>;
}

/** A row by the names of its columns; BLOBs are `ArrayBuffer`s. */
export type DatabaseRow = Readonly<Record<string, unknown>>;

/** Where a database is and how to be let in. */
export interface LibsqlAddress {
  /** `file:`, `libsql:`, `https:`, or `http:`; without credentials. */
  readonly url: string;
  /** Held in memory only. */
  readonly token?: string | undefined;
}

// For files: the driver waits with the event loop held, so the caller waits too.
const LOCK_TIMEOUT_MS = 100;

/** A connection to one libSQL database. */
export class LibsqlClient {
  readonly #address: LibsqlAddress;
  #client: Promise<Client> | undefined;

  constructor(address: LibsqlAddress) {
    this.#address = address;
  }

  /** Runs one statement and returns its rows; one round trip. */
  async execute(statement: RemoteStatement, call?: RemoteCall): Promise<DatabaseRow[]> {
    return rowsOf(await this.#send((client) => client.execute(withArgs(statement)), call));
  }

  /** Runs statements in one write transaction and returns the rows of the last; one round trip. */
  async batch(statements: readonly RemoteStatement[], call?: RemoteCall): Promise<DatabaseRow[]> {
    const results = await this.#send(
      (client) => client.batch(statements.map(withArgs), 'write'),
      call,
    );
    const last = results.at(-1);
    return last === undefined ? [] : rowsOf(last);
  }

  /** Ends the connection; harmless when it is closed. */
  close(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  #connected(): Promise<Client> {
    this.#client ??= connect(this.#address).catch((error) => {
      // A file whose directory is made later can be opened then.
      this.#client = undefined;
      // The driver has an empty code for a file that it cannot open, and opens nothing else here.
      throw errorCode(error) === '' ? unopened(error, this.#address.url) : error;
    });
    return this.#client;
  }

  async #send<T>(action: (client: Client) => Promise<T>, call: RemoteCall = {}): Promise<T> {
    call.signal?.throwIfAborted();
    try {
      const client = await this.#connected();
      call.signal?.throwIfAborted();
      return await withSignal(call.signal, () => untilAborted(action(client), call.signal));
    } catch (error) {
      if (call.signal?.aborted === true) throw call.signal.reason;
      throw error instanceof SyncError ? error : remoteError(error, this.#address.url);
    }
  }
}

async function connect({ url, token }: LibsqlAddress): Promise<Client> {
  const { createClient } = await import('@libsql/client');
  const credentials = token === undefined ? {} : { authToken: token };
  return createClient({
    url,
    ...credentials,
    intMode: 'number',
    timeout: LOCK_TIMEOUT_MS,
    fetch: remoteFetch(url),
  });
}

/** Rejects with the signal's reason as soon as it is aborted, whatever becomes of `work`. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

const MEANINGS: readonly [prefix: string, code: ErrorCode, what: string, hint: string][] = [
  ['SQLITE_BUSY', 'REMOTE_BUSY', 'The remote is locked', 'Try again.'],
  ['SQLITE_LOCKED', 'REMOTE_BUSY', 'The remote is locked', 'Try again.'],
  ['SQLITE_FULL', 'REMOTE_FULL', 'The remote has no room left', 'Free some space there.'],
  ['SQLITE_READONLY', 'REMOTE_AUTH', 'The remote cannot be written', 'Ask for write access.'],
  ['SQLITE_CANTOPEN', 'REMOTE_UNREACHABLE', 'The remote cannot be opened', 'Check its address.'],
  ['SQLITE_NOTADB', 'REMOTE_FOREIGN', 'The remote is no database', 'Check its address.'],
  ['SQLITE_CORRUPT', 'REMOTE_CORRUPT', 'The remote is damaged', 'Restore it from a backup.'],
  ['URL_', 'REMOTE_URL', 'The address of the remote is wrong', 'Use libsql:, https: or file:.'],
];

function unopened(cause: unknown, label: string): SyncError {
  return new SyncError('REMOTE_UNREACHABLE', `The remote cannot be opened: ${label}.`, {
    hint: 'Check that its directory is there and may be written.',
    details: { remote: label },
    cause,
  });
}

function remoteError(error: unknown, label: string): SyncError {
  const driverCode = errorCode(error) ?? '';
  const [, code, what, hint] = MEANINGS.find(([prefix]) => driverCode.startsWith(prefix)) ?? [
    '',
    'REMOTE_FAILED' as const,
    'The remote has refused a request',
    'Check the address and the server; the cause says more.',
  ];
  const reason = error instanceof Error ? error.message : String(error);
  const details = { remote: label, driverCode };
  return new SyncError(code, `${what}: ${label} (${reason}).`, { hint, details, cause: error });
}

function withArgs({ sql, args = {} }: RemoteStatement): {
  sql: string;
  args: Record<string, InValue>;
} {
  return { sql, args: { ...args } };
}

function rowsOf({ columns, rows }: ResultSet): DatabaseRow[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
}
