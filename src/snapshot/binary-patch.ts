/**
 * The `GIT binary patch` form of a change: the whole content of both sides, compressed and in
 * base 85, so that `git apply` can go forward and back.
 */

import { deflateSync } from 'node:zlib';

const ALPHABET =
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const BYTES_PER_LINE = 52;

/**
 * Formats the patch that turns `before` into `after`; an absent side is given as no bytes.
 * Ends with the empty line that closes it.
 */
export function formatBinaryPatch(before: Uint8Array, after: Uint8Array): string {
  return `GIT binary patch\n${formatLiteral(after)}\n${formatLiteral(before)}\n`;
}

function formatLiteral(content: Uint8Array): string {
  const compressed = deflateSync(content);
  const lines = [`literal ${content.length}\n`];
  for (let start = 0; start < compressed.length; start += BYTES_PER_LINE) {
    const line = compressed.subarray(start, start + BYTES_PER_LINE);
    lines.push(`${lengthLetter(line.length)}${encodeBase85(line)}\n`);
  }
  return lines.join('');
}

/** A to Z for 1 to 26 bytes, a to z for 27 to 52. */
function lengthLetter(length: number): string {
  return String.fromCharCode(length <= 26 ? 0x40 + length : 0x60 + length - 26);
}

/** Five digits for every four bytes, the most significant first; the last four padded with 0. */
function encodeBase85(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4) {
    let number = 0;
    for (let i = 0; i < 4; i++) number = number * 256 + (bytes[start + i] ?? 0);
    let digits = '';
    for (let i = 0; i < 5; i++) {
      digits = ALPHABET.charAt(number % 85) + digits;
      number = Math.floor(number / 85);
    }
    text += digits;
  }
  return text;
}
