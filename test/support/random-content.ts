/** Content that nothing can be saved of, the same for a seed on every machine. */

import { createCipheriv } from 'node:crypto';

export const MEBIBYTE: number = 1024 * 1024;

/** Bytes that look random: a key stream. */
export function randomContent(size: number, seed = 1): Buffer {
  const key = Buffer.alloc(16, seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
