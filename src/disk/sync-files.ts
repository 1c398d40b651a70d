/** Brings open files to stable storage, several at a time: the file system then writes them at once. */

import { fsync } from 'node:fs';
import { promisify } from 'node:util';
import { diskError } from './disk-error.ts';

/** A file or directory that is open. */
export interface OpenFile {
  readonly descriptor: number;
  /** For messages. */
  readonly path: string;
}

const syncOne = promisify(fsync);

/**
 * Waits until all of these are on stable storage. They must stay open until it resolves or rejects;
 * a failure is never tried again, since a second fsync may claim success for lost writes.
 *
 * @throws {StorageError} STORE_FULL, STORE_IO.
 */
export async function syncFiles(files: readonly OpenFile[]): Promise<void> {
  // All of them have to be over before a descriptor may be closed.
  const results = await Promise.allSettled(files.map(({ descriptor }) => syncOne(descriptor)));
  for (const [i, result] of results.entries()) {
    if (result.status === 'rejected') throw diskError(result.reason, files[i]?.path ?? '', 'sync');
  }
}
