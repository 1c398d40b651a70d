/** Reads a stream of chunks of any size as so and so many bytes at a time. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ArchiveError, errorCode, wrongType } from '../primitives/errors.ts';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** The bytes of an archive, in order, each once. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly `count` bytes. @throws {ArchiveError} ARCHIVE_INVALID when it ends before. */
  async exactly(count: number): Promise<Buffer> {
    await this.#hold(count);
    if (this.#held.length < count) throw endsTooEarly();
    return this.#take(count);
  }

  /** The next `count` bytes as they come. @throws {ArchiveError} ARCHIVE_INVALID */
  async *pieces(count: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = count; left > 0; ) {
      await this.#hold(1);
      if (this.#held.length === 0) throw endsTooEarly();
      const piece = this.#take(Math.min(left, this.#held.length));
      left -= piece.length;
      yield piece;
    }
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      await this.#hold(1);
      if (this.#held.length === 0) return;
      yield this.#take(this.#held.length);
    }
  }

  /** The first bytes, at most `count`, which stay where they are. */
  async peek(count: number): Promise<Buffer> {
    await this.#hold(count);
    return this.#held.subarray(0, count);
  }

  /** Tells the stream that reading is over; does not wait, as it may never give what is next. */
  close(): void {
    this.#chunks.return?.().catch(() => undefined);
  }

  /** Makes sure that `count` bytes are in memory, if there are as many. */
  async #hold(count: number): Promise<void> {
    while (this.#held.length < count) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return;
      if (!(value instanceof Uint8Array)) throw wrongType('source', 'a stream of bytes', value);
      const chunk = Buffer.from(value.buffer, value.byteOffset, value.length);
      this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    }
  }

  #take(count: number): Buffer {
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }
}

/**
 * The bytes of a stream, unpacked if it is gzip: no tar archive begins as that does.
 *
 * @throws {ArchiveError} ARCHIVE_INVALID while it is read, when it is damaged gzip.
 */
export async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new ByteSource(chunks);
  try {
    const isGzip = (await source.peek(GZIP_MAGIC.length)).equals(GZIP_MAGIC);
    yield* isGzip ? inflated(source) : source.rest();
  } finally {
    source.close();
  }
}

async function* inflated(source: ByteSource): AsyncGenerator<Buffer, void, undefined> {
  const gunzip = createGunzip();
  // A failure of the source comes out of `gunzip` too.
  pipeline(Readable.from(source.rest()), gunzip).catch(() => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    if (errorCode(error)?.startsWith('Z_') !== true) throw error;
    throw new ArchiveError('ARCHIVE_INVALID', 'The gzip data are damaged or cut off.', {
      hint: 'Make or fetch the archive again.',
      cause: error,
    });
  } finally {
    gunzip.destroy();
  }
}

function endsTooEarly(): ArchiveError {
  return new ArchiveError('ARCHIVE_INVALID', 'The archive is cut off.', {
    hint: 'Make or fetch the archive again.',
  });
}
