/** Replaces a file of the host in one step, once all is written and on disk. */

import { randomUUID } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/**
 * Writes a draft beside the file, for its owner alone, and gives it the name of the file. The file is
 * wholly there or as before, even after a power cut; ending the generator early leaves nothing behind.
 *
 * @param write - writes to the descriptor of the draft.
 * @throws {Error} the system's; what `write` throws.
 */
export function* replaceFile<T>(
  path: string,
  write: (draft: number) => Generator<void, T, void>,
): Generator<void, T, void> {
  const draft = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomUUID()}.tmp`);
  try {
    const file = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    let result: T;
    try {
      result = yield* write(file);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    syncNames(dirname(path));
    return result;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A rename only survives a power cut once its directory is on disk. */
function syncNames(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
