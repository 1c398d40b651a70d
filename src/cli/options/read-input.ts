/** Reads what is given to the program on its standard input. */

import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';

const MAX_BYTES = 1024 * 1024;

/**
 * All of the input as text.
 *
 * @throws {UsageError} when it is a terminal, or above 1 MiB.
 */
export async function readInput({ signal }: Call): Promise<string> {
  if (process.stdin.isTTY === true) {
    throw new UsageError(
      'Refusing to read from a terminal.',
      'Pipe it in, or redirect a file: < file.',
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  process.stdin.once('error', () => undefined);
  for await (const chunk of process.stdin) {
    signal.throwIfAborted();
    size += chunk.length;
    if (size > MAX_BYTES) throw new UsageError('The input is larger than 1 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
