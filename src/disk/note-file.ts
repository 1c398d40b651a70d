/** Small files in which something is noted down: read whole, replaced in one step. */

import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { errorCode } from '../primitives/errors.ts';
import type { TreePath } from '../primitives/path.ts';
import type { SafeDirectory } from './safe-directory.ts';
import { writeFully } from './write-fully.ts';

const MAX_NOTE_BYTES = 64 * 1024 * 1024;

/** The text of a note; undefined when there is none, or something else is in its place. */
export function readNote(directory: SafeDirectory, name: TreePath): string | undefined {
  let file: number;
  try {
    file = directory.openRead(name);
  } catch (error) {
    if (NO_NOTE.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    return stats.isFile() && stats.size <= MAX_NOTE_BYTES ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

const NO_NOTE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'INVALID_PATH']);

/** Replaces a note, for its owner alone, unless it says the same: that is a step on a disk. */
export function writeNote(directory: SafeDirectory, name: TreePath, text: string): void {
  if (readNote(directory, name) === text) return;
  const draft = `${name}.new` as TreePath;
  if (directory.lstat(draft) !== undefined) directory.unlink(draft);
  const file = directory.createExclusive(draft, 0o600);
  try {
    writeFully(file, Buffer.from(text), draft);
  } finally {
    closeSync(file);
  }
  directory.rename(draft, name);
}
