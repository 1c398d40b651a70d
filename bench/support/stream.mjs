/** Streams of a given size. */

import { randomBytes } from 'node:crypto';
import { timed } from './measure.mjs';

export const PIECE_BYTES = 2 ** 20;

/** Pieces of 1 MiB that differ in every 64 KiB, so that nothing can be shared. */
export function* pieces(megabytes) {
  const random = randomBytes(PIECE_BYTES);
  for (let i = 0; i < megabytes; i++) {
    const piece = Buffer.from(random);
    for (let at = 0; at < PIECE_BYTES; at += 65_536) piece.writeUInt32LE(i + 1, at);
    yield piece;
  }
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
