/**
 * The standard streams of this process, where a command is to have them. A file or a directory is
 * never handed over as it is: through `/proc/self/fd` a command opens it again, for writing too,
 * changes its mode, or walks on from it, whatever else of the host it cannot reach.
 */

import { createReadStream, fstatSync, type Stats, write } from 'node:fs';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { readDescriptor } from '../../primitives/open-descriptors.ts';

/** The number of a standard stream. */
export type StreamNumber = 0 | 1 | 2;

/**
 * What a command gets in place of a stream: the terminal itself; the stream itself, such as a pipe;
 * a pipe whose bytes come from or go to the file; or nothing.
 */
export type HostStream = 'terminal' | 'itself' | 'file' | 'nothing';

const ACCESS_MODE = 0b11;
const WRITE_ONLY = 0b01;

/** How a standard stream of this process can be lent. */
export function lookAtStream(number: StreamNumber): HostStream {
  const stats = statsOf(number);
  if (stats === undefined || stats.isDirectory()) return 'nothing';
  if (isatty(number)) return 'terminal';
  // Elsewhere there is no way to tell where the file stands, and no command that is confined.
  if (process.platform !== 'linux') return 'itself';
  return stats.isFile() || stats.isBlockDevice() ? 'file' : 'itself';
}

/** Whether output and errors of this process go to the same file. */
export function isOneFile(): boolean {
  const [output, errors] = [statsOf(1), statsOf(2)];
  return output !== undefined && output.dev === errors?.dev && output.ino === errors.ino;
}

/**
 * The content of the file that is the standard input, from where it stands; a command that does not
 * want it leaves it for the next reader of the same file.
 *
 * @returns undefined when it cannot be read.
 */
export function hostInput(): Readable | undefined {
  const found = readDescriptor(0);
  if (found === undefined || (found.flags & ACCESS_MODE) === WRITE_ONLY) return undefined;
  return createReadStream('', { fd: 0, start: found.position, autoClose: false });
}

/**
 * Copies what a command prints to a file that is a standard stream of this process. When the file
 * takes no more, as on a full disk, the command's pipe is closed.
 *
 * @param onChange - told how many more bytes wait to be written, less than none when some were.
 */
export async function copyToHost(
  source: Readable,
  number: StreamNumber,
  onChange: (bytes: number) => void,
): Promise<void> {
  try {
    for await (const chunk of source) {
      const bytes: Buffer = chunk;
      onChange(bytes.length);
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await writeBytes(number, bytes, written);
        onChange(-bytesWritten);
        written += bytesWritten;
      }
    }
  } catch {
    // Destroyed already by a caller that waits no longer, or the file is full.
    source.destroy();
  }
}

const writeBytes = promisify(write);

function statsOf(number: StreamNumber): Stats | undefined {
  try {
    return fstatSync(number);
  } catch {
    // It is closed.
    return undefined;
  }
}
