import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentId,
  idFromBytes,
  idToBytes,
  OBJECT_ID_BYTES,
  parseObjectId,
  structureId,
} from '../../src/primitives/object-id.ts';

describe('object ids', () => {
  it('of content are what sha256sum prints', () => {
    expect(contentId(Buffer.from('hello\n'))).toBe(
      '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
    );
    expect(contentId(new Uint8Array())).toBe(createHash('sha256').digest('hex'));
  });

  it('of structures differ from those of content with the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(structureId(bytes)).toBe(createHash('sha512-256').update(bytes).digest('hex'));
        expect(structureId(bytes)).not.toBe(contentId(bytes));
      }),
    );
  });

  it('hash only the part of a buffer that the view shows', () => {
    const bytes = Buffer.from('..hello..');
    expect(contentId(bytes.subarray(2, 7))).toBe(contentId(Buffer.from('hello')));
  });

  it('come back from their binary form at any offset of any view', () => {
    const offsets = fc.nat(64);
    fc.assert(
      fc.property(fc.uint8Array(), offsets, offsets, (bytes, before, offset) => {
        const id = contentId(bytes);
        expect(idToBytes(id)).toHaveLength(OBJECT_ID_BYTES);
        const view = new Uint8Array(before + offset + OBJECT_ID_BYTES).subarray(before);
        view.set(idToBytes(id), offset);
        expect(idFromBytes(view, offset)).toBe(id);
        expect(parseObjectId(id)).toBe(id);
      }),
    );
  });

  it.each([
    '',
    'a',
    'A'.repeat(64),
    'g'.repeat(64),
    'a'.repeat(63),
    'a'.repeat(65),
    `${'a'.repeat(64)}\n`,
    ` ${'a'.repeat(63)}`,
  ])('are not %j', (text) => {
    expect(parseObjectId(text)).toBeUndefined();
  });
});
