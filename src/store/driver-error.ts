/** Translates what the SQLite driver throws into errors that say what to do. */

import type { ErrorCode } from '../primitives/error-code.ts';
import { errorCode, StorageError } from '../primitives/errors.ts';

const MEANINGS: readonly [prefix: string, code: ErrorCode, what: string, hint: string][] = [
  ['SQLITE_FULL', 'STORE_FULL', 'The disk is full', 'Free some space, or run gc and compact.'],
  ['SQLITE_BUSY', 'STORE_BUSY', 'Another process holds the store', 'Wait for it, then try again.'],
  ['SQLITE_LOCKED', 'STORE_BUSY', 'The store is locked', 'Wait, then try again.'],
  [
    'SQLITE_CORRUPT',
    'STORE_CORRUPT',
    'The store is damaged',
    'Restore it from a backup; run verify to see what is hit.',
  ],
  ['SQLITE_NOTADB', 'STORE_CORRUPT', 'The store is damaged', 'Restore it from a backup.'],
  [
    'SQLITE_READONLY',
    'STORE_READ_ONLY',
    'The store cannot be written',
    'Make the file and its directory writable.',
  ],
  [
    'SQLITE_CANTOPEN',
    'STORE_READ_ONLY',
    'The store cannot be opened',
    'Check the permissions of its directory.',
  ],
  ['SQLITE_PERM', 'STORE_READ_ONLY', 'The store cannot be accessed', 'Check its permissions.'],
];

/** The typed form of an error from SQLite; STORE_IO when its code says nothing more exact. */
export function storageError(error: unknown, path: string): StorageError {
  const driverCode = errorCode(error) ?? '';
  const [, code, what, hint] = MEANINGS.find(([prefix]) => driverCode.startsWith(prefix)) ?? [
    '',
    'STORE_IO' as const,
    'The store could not be read or written',
    'Check the disk; the cause says more.',
  ];
  const reason = error instanceof Error ? error.message : String(error);
  return new StorageError(code, `${what}: ${path} (${reason}).`, {
    path,
    hint,
    details: { driverCode },
    cause: error,
  });
}

/** Whether the disk failed to bring to stable storage what had been written. */
export function isFailedSync(error: unknown): boolean {
  if (!(error instanceof StorageError)) return false;
  const code = error.details?.['driverCode'];
  return code === 'SQLITE_IOERR_FSYNC' || code === 'SQLITE_IOERR_DIR_FSYNC';
}

/** Says that a connection writes nothing any more, because of an earlier {@link isFailedSync}. */
export function failedSync(cause: unknown, path: string): StorageError {
  return new StorageError('STORE_IO', `The disk has lost what was written to ${path}.`, {
    path,
    hint: 'Check the disk, then open a new AgentFS: what it reads is what is there.',
    cause,
  });
}

/** Whether the native part of the driver could not be loaded. */
export function isMissingDriver(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  return code === 'ERR_DLOPEN_FAILED' || /could not locate the bindings file/i.test(error.message);
}

/** Explains a missing native binary in three lines, with the command that mends it. */
export function missingDriver(cause: unknown): StorageError {
  return new StorageError(
    'DRIVER_MISSING',
    [
      'agentfs needs the native part of better-sqlite3, and it is not built for this Node.',
      'npm skips install scripts that were not approved. To fix it, run:',
      '  npm install-scripts approve better-sqlite3 && npm rebuild better-sqlite3',
    ].join('\n'),
    {
      hint: 'Run: npm install-scripts approve better-sqlite3 && npm rebuild better-sqlite3',
      cause,
    },
  );
}

/** Says that the store was used after it was closed. */
export function closedStore(cause: unknown): StorageError {
  return new StorageError('CLOSED', 'This AgentFS is closed.', {
    hint: 'Open a new AgentFS on the project directory.',
    cause,
  });
}
