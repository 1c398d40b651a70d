import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_THRESHOLD, PIECE_BYTES } from '../../src/primitives/limits.ts';
import { contentId, idToBytes } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import {
  type ContentRef,
  Contents,
  type PreparedContent,
  prepareContent,
} from '../../src/store/contents.ts';
import type { Store } from '../../src/store/store.ts';
import { memoryInUse } from '../support/memory-in-use.ts';
import { MEBIBYTE, randomContent } from '../support/random-content.ts';
import { addWorkspace, countObjects, openTestStore, putFiles } from './fixtures.ts';

/** Bytes in which no two chunks are equal. */
function pattern(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0, state = seed; i < size; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** How many contents are among the objects. */
function contentsIn({ objects }: PreparedContent): number {
  return objects.filter(({ kind }) => kind === 'content').length;
}

function put(store: Store, bytes: Uint8Array): ContentRef {
  const prepared = prepareContent(bytes);
  store.contents.put(prepared);
  return { id: prepared.id, size: prepared.size };
}

const BORDERS = [0, PIECE_BYTES, CHUNK_THRESHOLD, CHUNK_THRESHOLD + PIECE_BYTES];
const SIZES = BORDERS.flatMap((border) => [border - 1, border, border + 1]).filter((n) => n >= 0);
const nearBorder = fc
  .tuple(
    fc.constantFrom(...BORDERS, CHUNK_THRESHOLD + 2 * PIECE_BYTES),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([border, offset]) => Math.max(border + offset, 0));

describe('content', () => {
  it('that was read takes no more memory than the cache may, however small each is', () => {
    const store = openTestStore();
    const refs = Array.from({ length: 60_000 }, (_, n) => prepareContent(Buffer.from(`${n}`)));
    store.database.transaction(() => {
      for (const ref of refs) store.contents.put(ref);
    });
    const contents = new Contents(store.objects, 8 * MEBIBYTE);
    const before = memoryInUse();
    for (const ref of refs) contents.read(ref);
    expect(memoryInUse() - before).toBeLessThan(8 * MEBIBYTE);
    expect(contents.read(refs[0] as ContentRef).toString()).toBe('0');
  });

  it.each(SIZES)('of %i bytes is read as it was written, whole, in parts and in pieces', (size) => {
    const store = openTestStore();
    const bytes = pattern(size);
    const ref = put(store, bytes);
    expect(store.contents.read(ref).equals(bytes)).toBe(true);
    expect(Buffer.concat([...store.contents.pieces(ref)]).equals(bytes)).toBe(true);
    for (const [start, end] of [
      [0, 1],
      [size - 1, size],
      [PIECE_BYTES - 1, PIECE_BYTES + 1],
    ] as const) {
      if (start < 0 || end > size) continue;
      expect(store.contents.read(ref, start, end)).toEqual(bytes.subarray(start, end));
    }
  });

  it('is named by its SHA-256 up to 1 MiB, and by a manifest above', () => {
    const small = prepareContent(pattern(CHUNK_THRESHOLD));
    expect(small.objects.map(({ kind }) => kind)).toEqual(['content']);
    expect(small.id).toBe(contentId(pattern(CHUNK_THRESHOLD)));
    const large = prepareContent(pattern(CHUNK_THRESHOLD + 1));
    expect(large.objects.at(-1)).toMatchObject({ id: large.id, kind: 'manifest' });
  });

  it('that arrives in pieces has the id that it has as a whole', () => {
    fc.assert(
      fc.property(nearBorder, fc.integer({ min: 1, max: 400_000 }), (size, step) => {
        const store = openTestStore();
        const bytes = pattern(size);
        const writer = store.contentWriter();
        const stream = writer.begin();
        const reused = Buffer.alloc(step);
        for (let offset = 0; offset < size; offset += step) {
          const count = bytes.copy(reused, 0, offset, Math.min(offset + step, size));
          stream.write(reused.subarray(0, count));
        }
        const ref = stream.finish();
        store.database.transaction(() => writer.settle());
        const { id } = prepareContent(bytes);
        expect(ref).toEqual({ id, size });
        expect(store.contents.read(ref).equals(bytes)).toBe(true);
        expect(store.pins.holders()).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('patched anywhere is what a buffer would be', () => {
    fc.assert(
      fc.property(nearBorder, nearBorder, nearBorder, (size, position, length) => {
        const store = openTestStore();
        const before = pattern(size);
        const data = pattern(Math.min(length, 600_000), 7);
        const model = Buffer.alloc(Math.max(size, position + data.length));
        before.copy(model);
        data.copy(model, position);
        const patched = store.contents.patch(put(store, before), position, data);
        store.contents.put(patched);
        expect(patched.id).toBe(prepareContent(model).id);
        expect(store.contents.read(patched).equals(model)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('cut off or continued anywhere is what a buffer would be', () => {
    fc.assert(
      fc.property(nearBorder, nearBorder, (size, length) => {
        const store = openTestStore();
        const before = pattern(size);
        const model = Buffer.alloc(length);
        before.copy(model);
        const cut = store.contents.truncate(put(store, before), length);
        store.contents.put(cut);
        expect(cut.id).toBe(prepareContent(model).id);
        expect(store.contents.read(cut).equals(model)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('that is cut off stores one chunk anew, and a gap of any length is one chunk of a size', () => {
    const store = openTestStore();
    const ref = put(store, pattern(10_000_000));
    expect(contentsIn(store.contents.truncate(ref, 9_000_001))).toBeLessThanOrEqual(1);
    const gap = store.contents.truncate(ref, 9_000_000_000);
    // The one at the old end, zeros at both scales, and a shorter one at the new end.
    expect(contentsIn(gap)).toBeLessThanOrEqual(4);
    expect(gap.objects.length).toBeLessThan(40);
    const patched = store.contents.patch(ref, 9_000_000_000, Buffer.from('end'));
    expect(contentsIn(patched)).toBeLessThanOrEqual(4);
  });

  it('of 10 MB with 4 KiB changed takes the chunks around them and the manifests above', () => {
    const store = openTestStore();
    const content = randomContent(10 * MEBIBYTE);
    let ref = put(store, content);
    for (let position = 100_000; position < 10_000_000; position += 500_000) {
      const before = countObjects(store);
      const patched = store.contents.patch(ref, position, Buffer.alloc(4096, position));
      store.contents.put(patched);
      // The chunks of 4 KiB and of what is before and behind them; one or two nodes on each level.
      expect(contentsIn(patched)).toBeLessThanOrEqual(10);
      expect(countObjects(store) - before).toBeLessThanOrEqual(16);
      ref = patched;
    }
  });

  it('that is stored many times takes up the room of one', () => {
    const store = openTestStore();
    for (let i = 0; i < 50; i++) put(store, pattern(CHUNK_THRESHOLD));
    expect(store.objects.totals()).toMatchObject([{ count: 1, stored: CHUNK_THRESHOLD }]);
  });
});

describe('damage', () => {
  it('to an object is an error, never a result', () => {
    const store = openTestStore();
    const ref = put(store, Buffer.from('right'));
    const set = store.database.prepare('UPDATE objects SET data = ? WHERE id = ?');
    set.run(Buffer.from('wrong'), idToBytes(ref.id));
    expect(() => store.contents.read(ref)).toThrow(
      expect.objectContaining({ code: 'OBJECT_CORRUPT' }),
    );
    store.objects.delete(store.objects.numberOf(ref.id) ?? 0);
    expect(() => store.contents.read(ref)).toThrow(
      expect.objectContaining({ code: 'OBJECT_MISSING' }),
    );
  });

  it('to a chunk is found when the file is read', () => {
    const store = openTestStore();
    const bytes = pattern(CHUNK_THRESHOLD + 1);
    const ref = put(store, bytes);
    const last = [...store.contents.below(ref.id)].findLast(({ kind }) => kind === 'content');
    store.objects.delete(store.objects.numberOf(last?.id ?? ref.id) ?? 0);
    expect(store.contents.read(ref, 0, PIECE_BYTES)).toEqual(bytes.subarray(0, PIECE_BYTES));
    expect(() => store.contents.read(ref)).toThrow(
      expect.objectContaining({ code: 'OBJECT_MISSING' }),
    );
  });

  it('to any column of a pending change is found when it is loaded', () => {
    const store = openTestStore();
    const { number } = addWorkspace(store, 'w', putFiles(store, {}));
    const entry = {
      kind: 'file',
      mode: 0o644,
      mtime: 5,
      size: 3,
      files: 1,
      id: contentId(Buffer.from('abc')),
    } as const;
    const changes = [
      "path = 'q'",
      'epoch = 9',
      'kind = 3',
      'mode = 0',
      'mtime = 6',
      'size = 4',
      'files = 2',
      'id = zeroblob(32)',
      'checksum = checksum + 1',
    ];
    for (const change of changes) {
      store.pending.clear(number);
      store.pending.put(number, 1, { path: parsePath('p'), entry });
      expect(store.pending.load(number)).toEqual([{ path: 'p', entry }]);
      store.database.exec(`UPDATE pending SET ${change}`);
      expect(() => store.pending.load(number)).toThrow(
        expect.objectContaining({ code: 'STORE_CORRUPT' }),
      );
    }
  });
});
