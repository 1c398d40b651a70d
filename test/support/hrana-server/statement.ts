/** Statements of a Hrana client on a better-sqlite3 connection: arguments in, rows out. */

import type Sqlite from 'better-sqlite3';
import type { HranaValue, Statement, StatementResult } from './protocol.ts';

// A real server refuses to answer with more.
const LARGEST_ANSWER = 10 * 1024 * 1024;

// Strings and comments are matched to be skipped; what is left that looks like a parameter is one.
const PARAMETER = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?\d*|[:@$]\w+/g;

/** A request that was understood and cannot be done. */
export class RequestError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Runs one statement. */
export function executeStatement(
  connection: Sqlite.Database,
  sql: string,
  stmt: Statement,
): StatementResult {
  const prepared = connection.prepare<unknown[], unknown[]>(sql).safeIntegers();
  const values = bindings(sql, stmt);
  if (!prepared.reader) {
    const { changes, lastInsertRowid } = prepared.run(...values);
    return {
      cols: [],
      rows: [],
      affected_row_count: changes,
      last_insert_rowid: String(lastInsertRowid),
    };
  }
  const rows = withinLimit(prepared.raw().iterate(...values));
  return {
    cols: prepared.columns().map(({ name, type }) => ({ name, decltype: type })),
    rows: stmt.want_rows === false ? [] : rows,
    affected_row_count: prepared.readonly ? 0 : countChanges(connection),
    last_insert_rowid: null,
  };
}

/** What a statement takes and gives, without running it. */
export function describeStatement(connection: Sqlite.Database, sql: string): unknown {
  const prepared = connection.prepare(sql);
  const columns = prepared.reader ? prepared.columns() : [];
  return {
    params: listParameters(sql).map((name) => ({ name: name === '?' ? null : name })),
    cols: columns.map(({ name, type }) => ({ name, decltype: type })),
    is_explain: /^\s*explain\b/i.test(sql),
    is_readonly: prepared.readonly,
  };
}

function withinLimit(rows: Iterable<unknown[]>): HranaValue[][] {
  const encoded: HranaValue[][] = [];
  let size = 0;
  for (const row of rows) {
    const values = row.map(encodeValue);
    for (const value of values) size += sizeOf(value);
    if (size > LARGEST_ANSWER) {
      throw new RequestError('RESPONSE_TOO_LARGE', 'The rows are more than 10 MiB.');
    }
    encoded.push(values);
  }
  return encoded;
}

/** Named and numbered parameters as an object, the others in order; what is missing is NULL. */
function bindings(sql: string, { args = [], named_args: named = [] }: Statement): unknown[] {
  const byName = new Map(named.map(({ name, value }) => [name.replace(/^[:@$]/, ''), value]));
  const anonymous: unknown[] = [];
  const bound: Record<string, unknown> = {};
  for (const [index, parameter] of listParameters(sql).entries()) {
    if (parameter === '?') anonymous.push(decodeValue(args[index]));
    else if (/^\?/.test(parameter)) {
      bound[parameter.slice(1)] = decodeValue(args[Number(parameter.slice(1)) - 1]);
    } else {
      const name = parameter.slice(1);
      bound[name] = decodeValue(byName.get(name) ?? args[index]);
    }
  }
  return Object.keys(bound).length > 0 ? [...anonymous, bound] : anonymous;
}

/** The parameters in the order of their numbers, a repeated name once. */
export function listParameters(sql: string): string[] {
  const parameters = [...sql.matchAll(PARAMETER)]
    .map(([text]) => text)
    .filter((text) => /^[?:@$]/.test(text));
  return parameters.filter((text, index) => text === '?' || parameters.indexOf(text) === index);
}

function countChanges(connection: Sqlite.Database): number {
  return Number(connection.prepare('SELECT changes()').pluck().get());
}

function encodeValue(value: unknown): HranaValue {
  if (value === null) return { type: 'null' };
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) };
  if (typeof value === 'number') return { type: 'float', value };
  if (typeof value === 'string') return { type: 'text', value };
  if (Buffer.isBuffer(value)) return { type: 'blob', base64: value.toString('base64') };
  throw new TypeError(`SQLite has no ${typeof value}.`);
}

function decodeValue(value: HranaValue = { type: 'null' }): unknown {
  switch (value.type) {
    case 'null':
      return null;
    case 'integer':
      return BigInt(value.value);
    case 'blob':
      return Buffer.from(value.base64, 'base64');
    case 'float':
    case 'text':
      return value.value;
  }
}

function sizeOf(value: HranaValue): number {
  switch (value.type) {
    case 'blob':
      return value.base64.length;
    case 'text':
      return Buffer.byteLength(value.value);
    case 'integer':
    case 'float':
    case 'null':
      return 8;
  }
}
