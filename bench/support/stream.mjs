/** Streams of a given size. */

import { createCipheriv, randomBytes } from 'node:crypto';
import { timed } from './measure.mjs';

export const PIECE_BYTES = 2 ** 20;

/** Pieces of 1 MiB that look random, so that nothing can be shared: a key stream. */
export function* pieces(megabytes) {
  const zeros = Buffer.alloc(PIECE_BYTES);
  const stream = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  for (let i = 0; i < megabytes; i++) yield stream.update(zeros);
}

/** Reads a stream to its end and returns its size in bytes. */
export async function drain(stream) {
  let bytes = 0;
  for await (const piece of stream) bytes += piece.length;
  return bytes;
}

/** Megabytes a second. */
export async function throughput(megabytes, action) {
  return (megabytes / (await timed(action))) * 1000;
}
