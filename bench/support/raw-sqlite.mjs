/** The reference for what is stored: better-sqlite3 by itself, with the pragmas of the store. */

import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Opens a new database in a directory. */
export function openRaw(directory) {
  const database = new Database(join(directory, 'raw.db'));
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 4000;
    CREATE TABLE contents (number INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
  `);
  return database;
}

/** The statement that inserts one content. */
export function prepareInsert(database) {
  return database.prepare('INSERT INTO contents (data) VALUES (?)');
}
