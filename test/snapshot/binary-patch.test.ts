import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBinaryPatch } from '../../src/snapshot/binary-patch.ts';

const ALPHABET =
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';

function decodeLine(line: string): number[] {
  const letter = line.charCodeAt(0);
  const length = letter <= 0x5a ? letter - 0x40 : letter - 0x60 + 26;
  const bytes: number[] = [];
  for (let start = 1; start < line.length; start += 5) {
    let number = 0n;
    for (const digit of line.slice(start, start + 5)) {
      number = number * 85n + BigInt(ALPHABET.indexOf(digit));
    }
    for (const shift of [24n, 16n, 8n, 0n]) bytes.push(Number((number >> shift) & 255n));
  }
  expect(bytes.slice(length).every((padding) => padding === 0)).toBe(true);
  return bytes.slice(0, length);
}

/** Reads one `literal` block by the rules of git's format. */
function decodeLiteral(block: string): Buffer {
  const [header, ...lines] = block.split('\n');
  for (const line of lines) expect(line).toMatch(/^[A-Za-z](.{5}){1,13}$/);
  const content = inflateSync(Buffer.from(lines.flatMap(decodeLine)));
  expect(header).toBe(`literal ${content.length}`);
  return content;
}

describe('formatBinaryPatch', () => {
  it('holds the new content, then the old, in lines of at most 52 bytes', () => {
    const content = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(content, content, (before, after) => {
        const patch = formatBinaryPatch(before, after);
        expect(patch.startsWith('GIT binary patch\n')).toBe(true);
        expect(patch.endsWith('\n\n')).toBe(true);
        const [forward = '', back = ''] = patch.slice(17, -2).split('\n\n');
        expect(decodeLiteral(forward)).toEqual(Buffer.from(after));
        expect(decodeLiteral(back)).toEqual(Buffer.from(before));
      }),
    );
  });
});
