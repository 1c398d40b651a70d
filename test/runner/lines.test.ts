import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter, MAX_LINE_LENGTH } from '../../src/runner/process/lines.ts';

function split(chunks: readonly Uint8Array[]): string[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

/** Cuts bytes at the given places, in any order and number. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}

const text = fc.array(fc.constantFrom('a', 'ü', '€', '😀', '\n', '\r\n', '\r', '\0', '\ufeff'));

describe('LineSplitter', () => {
  it('keeps terminators and gives an unfinished last line', () => {
    expect(split([Buffer.from('a\n\nb\r\nc')])).toEqual(['a\n', '\n', 'b\r\n', 'c']);
    expect(split([Buffer.from('a\n')])).toEqual(['a\n']);
    expect(split([])).toEqual([]);
  });

  it('gives a line as soon as its terminator is there, and not before', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from('one'))).toEqual([]);
    expect(splitter.push(Buffer.from(' line\nnext'))).toEqual(['one line\n']);
    expect(splitter.end()).toEqual(['next']);
  });

  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat()), (parts, places) => {
        const whole = parts.join('');
        const lines = split(cut(Buffer.from(whole), places));
        expect(lines).toEqual(whole.match(/[^\n]*\n|[^\n]+$/g) ?? []);
      }),
    );
  });

  it('loses nothing but the form of invalid bytes, however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.nat()), (bytes, places) => {
        const buffer = Buffer.from(bytes);
        expect(split(cut(buffer, places)).join('')).toBe(buffer.toString('utf8'));
      }),
    );
  });

  it('passes a line above the limit on in pieces, without cutting a character', () => {
    const line = `${'x'.repeat(MAX_LINE_LENGTH - 1)}😀${'y'.repeat(MAX_LINE_LENGTH)}\n`;
    const pieces = split([Buffer.from(`${line}z`)]);
    expect(pieces.map((piece) => piece.length)).toEqual([
      MAX_LINE_LENGTH + 1,
      MAX_LINE_LENGTH,
      1,
      1,
    ]);
    expect(pieces[0]?.endsWith('😀')).toBe(true);
    expect(pieces.join('')).toBe(`${line}z`);
  });

  it('gives pieces while the overlong line is still coming', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(MAX_LINE_LENGTH / 4, 'x');
    const pieces = Array.from({ length: 9 }, () => splitter.push(chunk).length);
    expect(pieces.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(splitter.end().map((piece) => piece.length)).toEqual([MAX_LINE_LENGTH / 4]);
  });
});
