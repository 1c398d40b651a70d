/**
 * Opens the store file, or creates it. A new store is made complete under another name and then
 * linked into place, so that no process ever meets a half-made one, however many start at once.
 */

import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentFSError, errorCode, StorageError } from '../primitives/errors.ts';
import { transientName } from '../primitives/transient-name.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { APPLICATION_ID, migrate, NEWEST_SCHEMA } from './migrate.ts';

const HEADER_BYTES = 100;
const OWNER = 0o600;
const OTHERS = 0o077;
const HEADER_MAGIC = 'SQLite format 3\0';

/**
 * Opens the store at `path`, creating it and its directory when there is none.
 *
 * @param path - absolute path of the file, or `:memory:`.
 * @param prepare - is given a store that was just made, before anybody else sees it.
 * @throws {StorageError} STORE_FOREIGN when something else is at `path`, SCHEMA_NEWER when a newer
 *   agentfs wrote it, STORE_CORRUPT when it is cut short or damaged; the file is left untouched.
 * @throws {AgentFSError} BASE_READ_ONLY when the file or its directory may not be made; STORE_FULL
 *   or STORE_IO when it cannot be made for another reason.
 */
export function openStore(
  path: string,
  options: DatabaseOptions = {},
  prepare: (made: Database) => void = () => undefined,
): Database {
  if (path === ':memory:') return newStore(path, options, prepare);
  if (!storeExists(path)) createStore(path, options, prepare);
  checkHeader(path);
  for (const suffix of ['', '-wal', '-shm']) makePrivate(path + suffix);
  return migrated(Database.open(path, options));
}

function newStore(
  path: string,
  options: DatabaseOptions,
  prepare: (made: Database) => void,
): Database {
  const database = migrated(Database.open(path, options));
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrated(database: Database): Database {
  try {
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function storeExists(path: string): boolean {
  const stats = look(path);
  if (stats === undefined) return false;
  if (!stats.isFile()) throw foreign(path, 'it is not a regular file');
  return true;
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw creationError(error, path);
  }
}

function createStore(
  path: string,
  options: DatabaseOptions,
  prepare: (made: Database) => void,
): void {
  const directory = dirname(path);
  const drafts = join(directory, transientName());
  try {
    makeDirectory(directory);
    mkdirSync(drafts, { mode: 0o700 });
    writeIgnoreFile(directory, drafts);
    // Closing checkpoints the draft's log, so the one file is the whole store.
    const draft = join(drafts, 'agentfs.db');
    newStore(draft, options, prepare).close();
    makePrivate(draft);
    linkIfAbsent(draft, path);
    // The names too have to survive a power cut before anything durable is promised.
    for (const each of [directory, dirname(directory)]) syncDirectory(each);
  } catch (error) {
    throw creationError(error, path);
  } finally {
    rmSync(drafts, { recursive: true, force: true });
  }
}

function creationError(error: unknown, path: string): unknown {
  const code = errorCode(error) ?? '';
  const fields = { path, cause: error };
  if (['EACCES', 'EPERM', 'EROFS', 'STORE_READ_ONLY'].includes(code)) {
    const hint = 'Make the project directory writable, or set databasePath to a place that is.';
    return new AgentFSError('BASE_READ_ONLY', `The store cannot be created at ${path}.`, {
      ...fields,
      hint,
    });
  }
  if (error instanceof AgentFSError || code === '') return error;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new StorageError(
    isFull ? 'STORE_FULL' : 'STORE_IO',
    `The store cannot be created at ${path} (${code}).`,
    { ...fields, hint: isFull ? 'Free some space.' : 'Set databasePath to another place.' },
  );
}

/** Makes the directory; its parents only if it must: a recursive mkdir hides why it failed. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') mkdirSync(directory, { recursive: true, mode: 0o700 });
    else if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Keeps the store's own directory out of git; users who write their own file keep it. Linked into
 * place as the store is: a file that a power cut left empty would be taken for theirs.
 */
function writeIgnoreFile(directory: string, drafts: string): void {
  const draft = join(drafts, '.gitignore');
  writeFileSync(draft, '*\n', { flag: 'wx', flush: true });
  linkIfAbsent(draft, join(directory, '.gitignore'));
}

function linkIfAbsent(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * Keeps other users from a file of the store: it holds what they may not be able to read elsewhere.
 * By its name, as closing a descriptor of it would give up the locks of this process.
 */
function makePrivate(path: string): void {
  const stats = look(path);
  if (stats?.isFile() !== true || (stats.mode & OTHERS) === 0) return;
  try {
    chmodSync(path, stats.mode & OWNER);
  } catch (error) {
    // On a read-only mount it can still be read, and no one can be kept from reading it.
    if (!['EROFS', 'ENOENT'].includes(errorCode(error) ?? '')) throw creationError(error, path);
  }
}

/** Looks at the header before SQLite does, which would take an empty file for a new database. */
function checkHeader(path: string): void {
  const size = lstatSync(path).size;
  const header = readHeader(path);
  if (header.length < HEADER_BYTES) throw truncated(path);
  if (header.toString('latin1', 0, 16) !== HEADER_MAGIC) throw foreign(path, 'it is not SQLite');
  if (header.readUInt32BE(68) !== APPLICATION_ID) throw foreign(path, 'another program made it');
  const version = header.readUInt32BE(60);
  if (version > NEWEST_SCHEMA) throw newer(path, version);
  const rawPageSize = header.readUInt16BE(16);
  const pageSize = rawPageSize === 1 ? 65_536 : rawPageSize;
  const logged = lstatSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  // A checkpoint that was cut off may leave the file short while the log still has every page.
  if (logged === 0 && size < header.readUInt32BE(28) * pageSize) throw truncated(path);
}

function readHeader(path: string): Buffer {
  const buffer = Buffer.alloc(HEADER_BYTES);
  const file = openForReading(path);
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new StorageError('STORE_READ_ONLY', `The store cannot be read: ${path}.`, {
      path,
      hint: 'Check the permissions of the file.',
      cause: error,
    });
  }
}

function foreign(path: string, why: string): StorageError {
  return new StorageError('STORE_FOREIGN', `${path} is not an agentfs store: ${why}.`, {
    path,
    hint: 'Move the file away, or set databasePath to another place.',
  });
}

function truncated(path: string): StorageError {
  return new StorageError('STORE_CORRUPT', `The store is cut short: ${path}.`, {
    path,
    hint: 'Restore it from a backup; to start over, move the file away.',
  });
}

function newer(path: string, version: number): StorageError {
  return new StorageError(
    'SCHEMA_NEWER',
    `The store has schema ${version}; this agentfs knows up to ${NEWEST_SCHEMA}: ${path}.`,
    { path, hint: 'Update agentfs.', details: { version, newest: NEWEST_SCHEMA } },
  );
}
