/** The columns of a table, listed once: what to select and insert, and how values are kept. */

import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { SqlValue } from './database.ts';
import { readObject, readStrings } from './json-column.ts';

/** A row as SQLite has it, under the names of its properties. */
export type Stored<Row> = { readonly [Name in keyof Row]: SqlValue };

/** How a property is kept: as it is, an id as bytes, a boolean as 0 or 1, arrays and objects as JSON. */
type Form<Value> = [Value] extends [boolean]
  ? 'flag'
  : [Value] extends [ObjectId | null]
    ? 'id'
    : [Value] extends [readonly string[]]
      ? 'strings'
      : [Value] extends [SqlValue]
        ? 'plain'
        : 'object';

/** Reads and writes rows; a property `createdAt` is the column `created_at`. */
export class Columns<Row extends object> {
  readonly #forms: readonly (readonly [name: string, form: string])[];
  /** Those that are not kept as they are. */
  readonly #converted: readonly (readonly [name: string, form: string])[];

  constructor(forms: { readonly [Name in keyof Row]: Form<Row[Name]> }) {
    this.#forms = Object.entries<string>(forms);
    this.#converted = this.#forms.filter(([, form]) => form !== 'plain');
  }

  /** The columns for SELECT and RETURNING. */
  get selected(): string {
    return this.#names.map((name) => `${columnOf(name)} AS ${name}`).join(', ');
  }

  /** What follows the name of the table in an INSERT; a `number` is given by SQLite. */
  get inserted(): string {
    const names = this.#names.filter((name) => name !== 'number');
    return `(${names.map(columnOf).join(', ')}) VALUES (${names.map((name) => `:${name}`).join(', ')})`;
  }

  /** What follows SET in an UPDATE of all columns but those that are named. */
  updatedBut(...fixed: readonly (keyof Row)[]): string {
    const names = this.#names.filter((name) => !fixed.some((each) => each === name));
    return names.map((name) => `${columnOf(name)} = :${name}`).join(', ');
  }

  /** @throws {StorageError} STORE_CORRUPT when a column does not hold the JSON that it should. */
  readonly read = (stored: Stored<Row>): Row => {
    const values: Record<string, unknown> = { ...stored };
    for (const [name, form] of this.#converted) values[name] = fromColumn(form, values[name]);
    return values as Row;
  };

  /** The same where there may be no row. */
  find(stored: Stored<Row> | undefined): Row | undefined {
    return stored === undefined ? undefined : this.read(stored);
  }

  /** The values to bind for a row. */
  write(row: Partial<Row>): Record<string, SqlValue> {
    const given: Partial<Record<string, unknown>> = { ...row };
    const columns = this.#forms.filter(([name]) => given[name] !== undefined);
    return Object.fromEntries(columns.map(([name, form]) => [name, toColumn(form, given[name])]));
  }

  get #names(): string[] {
    return this.#forms.map(([name]) => name);
  }
}

function fromColumn(form: string, value: unknown): unknown {
  if (form === 'id') return value instanceof Uint8Array ? idFromBytes(value) : null;
  if (form === 'flag') return value === 1;
  if (form === 'strings') return readStrings(String(value));
  return form === 'object' ? readObject(String(value)) : value;
}

function toColumn(form: string, value: unknown): SqlValue {
  if (form === 'plain') return value as SqlValue;
  if (form === 'id') return value === null ? null : idToBytes(value as ObjectId);
  return form === 'flag' ? Number(value) : JSON.stringify(value);
}

function columnOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
