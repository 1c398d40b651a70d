/** Brings a database to the newest schema, one numbered step and one transaction at a time. */

import { StorageError } from '../primitives/errors.ts';
import type { Database } from './database.ts';
import { MIGRATIONS } from './generated/schema.ts';

/** SQLite's application_id of an agentfs store: `AgFS`. */
export const APPLICATION_ID = 0x41674653;

/** The number of the newest migration that this code knows. */
export const NEWEST_SCHEMA: number = MIGRATIONS.at(-1)?.number ?? 0;

/**
 * Applies the migrations that the database does not have yet.
 *
 * @throws {StorageError} SCHEMA_NEWER when the database has one that this code does not know.
 */
export function migrate(database: Database): void {
  for (const { number, sql } of MIGRATIONS) {
    if (schemaOf(database) >= number) continue;
    database.transaction(() => {
      // Another process may have been faster while this one waited for the lock.
      if (schemaOf(database) >= number) return;
      database.exec(sql);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${number};`);
    });
  }
  const version = schemaOf(database);
  if (version > NEWEST_SCHEMA) {
    throw new StorageError(
      'SCHEMA_NEWER',
      `The store has schema ${version}; this agentfs knows up to ${NEWEST_SCHEMA}.`,
      { path: database.path, hint: 'Update agentfs.' },
    );
  }
}

function schemaOf(database: Database): number {
  return Number(database.pragma('user_version'));
}
