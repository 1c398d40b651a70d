import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText, isBinary } from '../../src/primitives/text.ts';

it.each([
  ['nothing', Buffer.alloc(0)],
  ['plain text', Buffer.from('hello\r\n')],
  ['a byte order mark', Buffer.from('\ufeffhello')],
  ['control characters', Buffer.from('\u0001\u001b[0m')],
  ['a NUL after the first 8,000 bytes', Buffer.concat([Buffer.alloc(8000, 97), Buffer.alloc(1)])],
])('calls %s text', (_what, content) => {
  expect(isBinary(content)).toBe(false);
});

it.each([
  ['a NUL', Buffer.from('a\0b')],
  ['a NUL as the 8,000th byte', Buffer.concat([Buffer.alloc(7999, 97), Buffer.alloc(1)])],
  ['Latin-1', Buffer.from('é', 'latin1')],
  ['UTF-16', Buffer.from('hé', 'utf16le')],
  ['a character cut short', Buffer.from('é').subarray(0, 1)],
  ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80])],
  ['an overlong encoding', Buffer.from([0xc0, 0x80])],
  ['bad UTF-8 far behind', Buffer.concat([Buffer.alloc(100_000, 97), Buffer.from([0xff])])],
])('calls %s binary', (_what, content) => {
  expect(isBinary(content)).toBe(true);
});

it('decodes text so that encoding gives the same bytes, also after bytes that are none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, noise) => {
      const bytes = Buffer.from(text);
      decodeText(noise);
      expect(Buffer.from(decodeText(bytes) ?? 'undecodable')).toEqual(bytes);
      const decoded = decodeText(noise);
      if (decoded !== undefined) expect(Buffer.from(decoded)).toEqual(Buffer.from(noise));
    }),
  );
});
