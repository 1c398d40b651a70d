/** Frames as language servers have them: a header with Content-Length, an empty line, the body. */

import { AgentFSError } from '../index.ts';

/** Bytes of the largest body: 10 MiB of content, however JSON has to write it. */
export const MAX_FRAME_BYTES: number = 64 * 1024 * 1024;

const MAX_HEADER_BYTES = 4096;
const END_OF_HEADER = Buffer.from('\r\n\r\n');

/**
 * The bodies of the frames in a stream. Takes no more from the stream than is asked for.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a header without a length, one that is too long, and
 *   an end in the middle of a frame: nobody can say where the next frame would begin.
 */
export async function* readFrames(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let body: PartialBody | undefined;
  for await (const chunk of input) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      body ??= beginBody(rest);
      if (body === undefined) break;
      rest = body.take(rest);
      if (!body.isWhole) break;
      yield body.bytes();
      body = undefined;
    }
  }
  if (body !== undefined || rest.length > 0) {
    throw broken('The input ended in the middle of a frame.', 'Send whole frames.');
  }
}

/** A message as a frame. */
export function frameOf(message: object): Buffer {
  const body = JSON.stringify(message);
  return Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** A body that comes in pieces; they are put together once, when all of them are there. */
class PartialBody {
  readonly #pieces: Buffer[] = [];
  readonly #headerBytes: number;
  #headerIsTaken = false;
  #missing: number;

  constructor(headerBytes: number, length: number) {
    this.#headerBytes = headerBytes;
    this.#missing = length;
  }

  get isWhole(): boolean {
    return this.#missing === 0;
  }

  /** Takes what belongs to it and returns what follows. */
  take(bytes: Buffer): Buffer {
    const start = this.#headerIsTaken ? 0 : this.#headerBytes;
    this.#headerIsTaken = true;
    const end = Math.min(start + this.#missing, bytes.length);
    this.#pieces.push(bytes.subarray(start, end));
    this.#missing -= end - start;
    return bytes.subarray(end);
  }

  bytes(): Buffer {
    const [only] = this.#pieces;
    return only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
  }
}

/** The body that a header announces; undefined while the header is not whole. */
function beginBody(bytes: Buffer): PartialBody | undefined {
  const end = bytes.indexOf(END_OF_HEADER);
  if (end > MAX_HEADER_BYTES || (end < 0 && bytes.length > MAX_HEADER_BYTES)) {
    throw broken(`The header of a frame is longer than ${MAX_HEADER_BYTES} bytes.`, HEADER_HINT);
  }
  if (end < 0) return undefined;
  return new PartialBody(end + END_OF_HEADER.length, lengthIn(bytes.toString('latin1', 0, end)));
}

function lengthIn(header: string): number {
  const [, digits] = /^content-length:[ \t]*(\d+)[ \t]*$/im.exec(header) ?? [];
  if (digits === undefined) {
    throw broken('The header of a frame has no Content-Length.', HEADER_HINT);
  }
  const length = Number(digits);
  if (length <= MAX_FRAME_BYTES) return length;
  const limit = `at most ${MAX_FRAME_BYTES} bytes`;
  throw broken(`A frame of ${digits} bytes is too large.`, `Send ${limit} in a frame.`);
}

const HEADER_HINT =
  "Begin each frame with 'Content-Length: <bytes of the body>' and an empty line.";

function broken(message: string, hint: string): AgentFSError {
  return new AgentFSError('INVALID_ARGUMENT', message, { hint });
}
