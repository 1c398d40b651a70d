/** Changes permission bits without following links, whatever the bits were before. */

import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { FileSystemError } from '../primitives/errors.ts';
import { procPath } from './directory-handles.ts';

// Linux's O_PATH, which node does not name: a handle on the entry itself. Opening a file to read or
// write it fails when its mode forbids just that.
const OPEN_ENTRY = 0o10000000 | constants.O_NOFOLLOW;

/**
 * Sets the mode of the file or directory at an address; needs /proc.
 *
 * @throws {FileSystemError} EINVAL for a symbolic link; otherwise the system's own errors.
 */
export function chmodEntry(address: string | Buffer, mode: number): void {
  const descriptor = openSync(address, OPEN_ENTRY);
  try {
    if (fstatSync(descriptor).isSymbolicLink()) throw linkHasNoMode();
    chmodSync(procPath(descriptor), mode);
  } finally {
    closeSync(descriptor);
  }
}

/** The same where there is no /proc: checks first, so a link put there in between is followed. */
export function chmodChecked(address: string, mode: number): void {
  if (lstatSync(address).isSymbolicLink()) throw linkHasNoMode();
  chmodSync(address, mode);
}

function linkHasNoMode(): FileSystemError {
  return new FileSystemError('EINVAL', 'A symbolic link has no mode of its own.');
}
