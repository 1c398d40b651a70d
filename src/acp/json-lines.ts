/** Messages as the Agent Client Protocol has them: JSON, one a line. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { AgentFSError } from '../index.ts';

/** Bytes of the longest line: 10 MiB of content, however JSON has to write it. */
const MOST_BYTES: number = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * The lines of a stream, without their ends.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a line that is too long.
 */
export async function* readLines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield Buffer.concat([...pieces, rest.subarray(0, end)]);
      pieces = [];
      length = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) pieces.push(rest);
    length += rest.length;
    if (length > MOST_BYTES) {
      throw new AgentFSError('INVALID_ARGUMENT', `A message is longer than ${MOST_BYTES} bytes.`, {
        hint: 'Send less at a time.',
      });
    }
  }
  if (length > 0) yield Buffer.concat(pieces);
}

/** Sends lines to one side, as fast as it reads; after it has gone, to nobody. */
export class LineWriter {
  readonly #output: Writable;
  readonly #gone = new AbortController();

  constructor(output: Writable) {
    this.#output = output;
    output.setMaxListeners(0);
    for (const event of ['error', 'close']) output.once(event, () => this.#gone.abort());
  }

  /** Fires when nobody reads any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when there is room for more. */
  async write(line: Buffer | object): Promise<void> {
    if (this.gone.aborted) return;
    const text = Buffer.isBuffer(line) ? line : JSON.stringify(line);
    const bytes = Buffer.concat([Buffer.from(text), Buffer.of(NEWLINE)]);
    if (this.#output.write(bytes)) return;
    await once(this.#output, 'drain', { signal: this.gone }).catch(() => undefined);
  }

  /** Says that nothing more will come. */
  end(): void {
    if (!this.gone.aborted) this.#output.end();
  }
}
