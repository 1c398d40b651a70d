/** Writes to the standard input of a command, which may stop reading at any time. */

import { finished, Readable, type Writable } from 'node:stream';
import { AgentFSError, wrongType } from '../../primitives/errors.ts';

/** What a command reads: all at once, or in pieces while it reads. */
export type CommandInput = string | Uint8Array | Readable | AsyncIterable<string | Uint8Array>;

/** @throws {TypeError} INVALID_ARGUMENT when it is neither an input nor absent. */
export function checkInput(value: CommandInput | undefined): CommandInput | undefined {
  if (value === undefined || typeof value === 'string' || value instanceof Uint8Array) return value;
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) return value;
  throw wrongType('input', 'a string, a Uint8Array, a Readable or an async iterable', value);
}

/**
 * Feeds a command until the input or the command ends. A command that does not read its input to
 * the end is no error. A stream that was given is destroyed in the end, an iterable is left. No
 * more is taken of either than fits into the buffers on the way.
 *
 * @param onFailure - called when the input itself fails, so that the command can be ended before it
 *   takes the part that it has got for the whole.
 * @returns once `stdin` is closed: the failure of the input, as ABORTED, if it failed.
 */
export async function feedInput(
  stdin: Writable | null,
  input: CommandInput | undefined,
  onFailure: () => void,
): Promise<AgentFSError | undefined> {
  if (stdin === null || input === undefined) return undefined;
  const closed = new Promise<void>((resolve) => stdin.once('close', resolve));
  // EPIPE or ECONNRESET: the command has closed its input, or is gone.
  stdin.on('error', () => undefined);
  if (typeof input === 'string' || input instanceof Uint8Array) {
    stdin.end(input);
    await closed;
    return undefined;
  }
  const source = input instanceof Readable ? input : Readable.from(checkedPieces(input));
  let failure: AgentFSError | undefined;
  // Not pipeline(): it would make no difference between a failed input and a command that is done.
  const forget = finished(source, { writable: false }, (cause) => {
    if (cause === null || cause === undefined) {
      stdin.end();
      return;
    }
    failure = inputFailure(cause);
    onFailure();
    stdin.destroy();
  });
  source.pipe(stdin);
  await closed;
  forget();
  source.unpipe(stdin);
  source.destroy();
  return failure;
}

/** A pipe throws at a piece of another type, where it cannot be caught. */
async function* checkedPieces(
  input: AsyncIterable<unknown>,
): AsyncGenerator<string | Uint8Array, void, void> {
  for await (const piece of input) {
    if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) {
      throw wrongType('A piece of input', 'a string or a Uint8Array', piece);
    }
    yield piece;
  }
}

function inputFailure(cause: unknown): AgentFSError {
  return new AgentFSError(
    'ABORTED',
    'The command was ended, because the stream that is its input failed.',
    { cause, hint: 'See the cause, then run the command again with an input that can be read.' },
  );
}
