/** Brings open files to stable storage, several at a time: the file system then writes them at once. */

import { closeSync, fsync, fsyncSync } from 'node:fs';
import { promisify } from 'node:util';
import type { TreePath } from '../primitives/path.ts';
import { diskError } from './disk-error.ts';
import type { SafeDirectory } from './safe-directory.ts';

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

/** Brings the names in a directory to stable storage, without giving way to others. */
export function syncDirectory(root: SafeDirectory, path: TreePath): void {
  const descriptor = root.openDirectory(path);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    throw diskError(error, path, 'sync');
  } finally {
    closeSync(descriptor);
  }
}
