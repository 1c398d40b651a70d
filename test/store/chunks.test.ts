import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_THRESHOLD } from '../../src/primitives/limits.ts';
import { structureId } from '../../src/primitives/object-id.ts';
import { chunkEnd, longestChunk } from '../../src/store/chunker.ts';
import { type ContentRef, prepareContent } from '../../src/store/contents.ts';
import { rewriteFixed } from '../../src/store/fixed-chunks.ts';
import { decodeManifest, encodeFixed, FIXED_CHUNK_BYTES } from '../../src/store/manifest.ts';
import type { Store } from '../../src/store/store.ts';
import { MEBIBYTE, randomContent } from '../support/random-content.ts';
import { openTestStore } from './fixtures.ts';

const COARSE_FROM = 32 * MEBIBYTE;

function put(store: Store, bytes: Uint8Array): ContentRef {
  const prepared = prepareContent(bytes);
  store.database.transaction(() => store.contents.put(prepared));
  return prepared;
}

/** Puts content as versions before the newer form did. */
function putFixed(store: Store, bytes: Buffer): ContentRef {
  const { length: size } = bytes;
  const objects = rewriteFixed([], {
    ...{ size, from: 0, to: size },
    read: (start, end) => bytes.subarray(start, end),
    isGap: () => false,
  });
  store.database.transaction(() => {
    for (const object of objects) store.objects.put(object);
  });
  return { id: objects.at(-1)?.id ?? fail(), size };
}

function fail(): never {
  throw new Error('there is no object');
}

/** Bytes of all objects in the store. */
function stored(store: Store): number {
  return store.objects.totals().reduce((sum, kind) => sum + kind.stored, 0);
}

function sizesOf(bytes: Uint8Array): number[] {
  const sizes: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = chunkEnd(bytes, start, bytes.length, start);
    sizes.push(end - start);
    start = end;
  }
  return sizes;
}

describe('chunks', () => {
  it('have the sizes that the format gives, finer ones in the first 32 MiB', () => {
    const sizes = sizesOf(randomContent(48 * MEBIBYTE));
    let position = 0;
    const counts = { fine: 0, coarse: 0 };
    for (const size of sizes.slice(0, -1)) {
      const isFine = position < COARSE_FROM;
      expect(size).toBeGreaterThan(isFine ? 2048 : 16_384);
      expect(size).toBeLessThanOrEqual(longestChunk(position));
      counts[isFine ? 'fine' : 'coarse'] += 1;
      position += size;
    }
    expect(COARSE_FROM / counts.fine).toBeCloseTo(6_000, -3);
    expect((16 * MEBIBYTE) / counts.coarse / 1000).toBeCloseTo(46, -1);
  });

  it('of zeros are as long as can be', () => {
    const sizes = sizesOf(Buffer.alloc(MEBIBYTE));
    expect(new Set(sizes)).toEqual(new Set([longestChunk(0)]));
  });

  it('are where they were when a file has grown at its front', () => {
    const store = openTestStore();
    const content = randomContent(COARSE_FROM);
    put(store, content);
    const before = stored(store);
    put(store, Buffer.concat([Buffer.from('ten bytes:'), content]));
    expect(stored(store) - before).toBeLessThanOrEqual(0.03 * MEBIBYTE);
  });

  it('are found again behind the place where they become coarser', () => {
    const store = openTestStore();
    const content = randomContent(40 * MEBIBYTE);
    put(store, content);
    const before = stored(store);
    put(store, Buffer.concat([Buffer.alloc(5000, 1), content]));
    expect(stored(store) - before).toBeLessThanOrEqual(MEBIBYTE);
  });

  it.each(['as a whole', 'by position'])('of 16 edits in 32 MiB are few, %s', (how) => {
    const store = openTestStore();
    const content = randomContent(COARSE_FROM);
    let ref = put(store, content);
    const before = stored(store);
    for (let i = 0; i < 16; i++) {
      const position = i * 2 * MEBIBYTE + i * 4321;
      const edit = randomContent(1024, i + 2);
      edit.copy(content, position);
      if (how === 'as a whole') continue;
      const patched = store.contents.patch(ref, position, edit);
      store.database.transaction(() => store.contents.put(patched));
      ref = patched;
    }
    const { id } = put(store, content);
    if (how === 'by position') expect(ref.id).toBe(id);
    expect(stored(store) - before).toBeLessThanOrEqual(0.23 * MEBIBYTE);
  });
});

const change = fc.record({
  position: fc.integer({ min: 0, max: 3 * MEBIBYTE }),
  length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 300_000 })),
  /** Random, or zeros, or what is there. */
  what: fc.constantFrom('random', 'zeros', 'same'),
  seed: fc.integer({ min: 1, max: 255 }),
  cut: fc.option(fc.integer({ min: CHUNK_THRESHOLD - 10, max: 3 * MEBIBYTE })),
});

/** Applies changes to a file and to a buffer, and compares after each. */
function live(store: Store, start: ContentRef, content: Buffer, changes: Change[]): void {
  let model = content;
  let ref = start;
  for (const { position, length, what, seed, cut } of changes) {
    const data = Buffer.alloc(length);
    if (what === 'random') randomContent(length, seed).copy(data);
    if (what === 'same') model.subarray(position, position + length).copy(data);
    const next = Buffer.alloc(Math.max(model.length, position + length));
    model.copy(next);
    data.copy(next, position);
    model = cut === null ? next : Buffer.concat([next], cut);
    for (const step of [
      () => store.contents.patch(ref, position, data),
      ...(cut === null ? [] : [() => store.contents.truncate(ref, cut)]),
    ]) {
      const edited = step();
      store.database.transaction(() => store.contents.put(edited));
      ref = edited;
    }
    expect(store.contents.read(ref).equals(model)).toBe(true);
    expect(ref.id).toBe(nameLike(store, start, model));
  }
}

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** What the content is called in the form that the file began with, if it is large all the time. */
function nameLike(store: Store, start: ContentRef, content: Buffer): string {
  const isFixed = start.size > CHUNK_THRESHOLD && store.contents.manifest(start.id).isFixed;
  return isFixed && content.length > CHUNK_THRESHOLD
    ? putFixed(store, content).id
    : prepareContent(content).id;
}

describe('a life of edits by position', () => {
  it('ends with the manifest that the whole content has', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 0, max: 3 * MEBIBYTE }),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (seed, size, changes) => {
          const store = openTestStore();
          const content = randomContent(size, seed);
          live(store, put(store, content), content, changes);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves a file of the older form in it, and touches its chunks alone', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const store = openTestStore();
        const content = randomContent(2 * MEBIBYTE + 5);
        // A file that becomes small is of no form, and takes the newer one when it grows again.
        const large = changes.map((each) => ({ ...each, cut: each.cut && each.cut + 11 }));
        live(store, putFixed(store, content), content, large);
      }),
      { numRuns: 15 },
    );
    const store = openTestStore();
    const ref = putFixed(store, randomContent(10 * MEBIBYTE));
    const { objects } = store.contents.patch(ref, 5_000_000, Buffer.alloc(4096));
    expect(objects.map(({ kind }) => kind)).toEqual(['content', 'manifest']);
  });
});

describe('a manifest', () => {
  it('of the older form names the content that is found again', () => {
    const store = openTestStore();
    const content = randomContent(3 * FIXED_CHUNK_BYTES + MEBIBYTE);
    const old = putFixed(store, content);
    const writer = store.contentWriter();
    const again = (bytes: Buffer): ContentRef => {
      const stream = writer.begin(old.id);
      stream.write(bytes);
      return stream.finish();
    };
    expect(again(content)).toEqual(old);
    const other = Buffer.from(content.fill(0, 0, 1));
    expect(again(other)).toMatchObject({ id: prepareContent(other).id });
    store.database.transaction(() => writer.settle());
  });

  it('that is none is refused', () => {
    const id = structureId(Buffer.alloc(1)).repeat(1);
    const idBytes = Buffer.from(id, 'hex');
    const node = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts);
    const refused = [
      node(Buffer.from([3])),
      node(Buffer.from([2, 13, 1, 5]), idBytes),
      node(Buffer.from([2, 0, 0])),
      node(Buffer.from([2, 0, 1, 0]), idBytes),
      node(Buffer.from([2, 0, 1, 5]), idBytes, Buffer.alloc(1)),
      node(Buffer.from([2, 0, 2, 5]), idBytes),
      encodeFixed(CHUNK_THRESHOLD, []),
      encodeFixed(CHUNK_THRESHOLD + 1, []),
    ];
    for (const bytes of refused) expect(() => decodeManifest(bytes)).toThrow(RangeError);
    expect(decodeManifest(node(Buffer.from([2, 0, 1, 5]), idBytes))).toEqual({
      ...{ isFixed: false, level: 0, size: 5 },
      parts: [{ id, size: 5 }],
    });
  });
});
