/** Writes to the standard input of a command, which may stop reading at any time. */

import { finished, Readable, type Writable } from 'node:stream';
import { AgentFSError } from '../primitives/errors.ts';

/**
 * Feeds a command until the input or the command ends. A command that does not read its input to
 * the end is no error. A stream that was given is destroyed in the end.
 *
 * @param onFailure - called when the input itself fails, so that the command can be ended before it
 *   takes the part that it has got for the whole.
 * @returns once `stdin` is closed: the failure of the input, as ABORTED, if it failed.
 */
export async function feedInput(
  stdin: Writable | null,
  input: string | Uint8Array | Readable | undefined,
  onFailure: () => void,
): Promise<AgentFSError | undefined> {
  if (stdin === null || input === undefined) return undefined;
  const closed = new Promise<void>((resolve) => stdin.once('close', resolve));
  // EPIPE or ECONNRESET: the command has closed its input, or is gone.
  stdin.on('error', () => undefined);
  if (!(input instanceof Readable)) {
    stdin.end(input);
    await closed;
    return undefined;
  }
  let failure: AgentFSError | undefined;
  // Not pipeline(): it would make no difference between a failed input and a command that is done.
  const forget = finished(input, { writable: false }, (cause) => {
    if (cause === null || cause === undefined) {
      stdin.end();
      return;
    }
    failure = inputFailure(cause);
    onFailure();
    stdin.destroy();
  });
  input.pipe(stdin);
  await closed;
  forget();
  input.unpipe(stdin);
  input.destroy();
  return failure;
}

function inputFailure(cause: unknown): AgentFSError {
  return new AgentFSError(
    'ABORTED',
    'The command was ended, because the stream that is its input failed.',
    { cause, hint: 'See the cause, then run the command again with an input that can be read.' },
  );
}
