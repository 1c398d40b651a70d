/** Writes a stream to a file that is there as a whole, or not at all. */

import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '../exit-status.ts';

/**
 * Replaces the file at `path` once all is written; a pipe or a device is written to as it is.
 *
 * @returns the number of bytes.
 */
export async function saveFile(path: string, data: Readable, signal: AbortSignal): Promise<number> {
  const known = await stat(path).catch(() => undefined);
  const isReplaced = known === undefined || known.isFile();
  const draft = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomUUID()}.tmp`);
  const target = isReplaced ? draft : path;
  try {
    const flags = isReplaced ? 'wx' : 'w';
    const mode = known === undefined ? undefined : known.mode & 0o777;
    const file = createWriteStream(target, { flags, mode, flush: isReplaced });
    await pipeline(data, file, { signal });
    if (isReplaced) await rename(draft, path);
    return file.bytesWritten;
  } catch (error) {
    throw namesDraft(error, target) ? writeError(path, error) : error;
  } finally {
    if (isReplaced) await rm(draft, { force: true });
  }
}

/** Whether it is the file that could not be written, and not the data that could not be read. */
function namesDraft(error: unknown, target: string): error is Error {
  return error instanceof Error && Reflect.get(error, 'path') === target;
}

function writeError(path: string, cause: Error): Error {
  const code = codeOf(cause);
  const error = new Error(`Cannot write to ${path} (${code}).`, { cause });
  return Object.assign(error, { code, hint: 'Choose another file.' });
}
