/** Writes a whole buffer to an open file. */

import { writeSync } from 'node:fs';
import { diskError } from './disk-error.ts';

/**
 * Writes all of the bytes at the file's position; one system call may take fewer.
 *
 * @param path - for messages.
 * @throws {StorageError} STORE_FULL, STORE_IO.
 */
export function writeFully(descriptor: number, bytes: Uint8Array, path: string): void {
  try {
    for (let offset = 0; offset < bytes.length; ) {
      offset += writeSync(descriptor, bytes, offset, bytes.length - offset);
    }
  } catch (error) {
    throw diskError(error, path, 'write');
  }
}
