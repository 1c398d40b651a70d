import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchivedTree } from '../../src/archive/archived-tree.ts';
import { ByteSource, unpacked } from '../../src/archive/byte-source.ts';
import { readTar } from '../../src/archive/tar-reader.ts';
import { writeTar } from '../../src/archive/tar-writer.ts';
import { ArchiveError } from '../../src/primitives/errors.ts';
import type { ObjectId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { PendingTree } from '../../src/tree/pending-tree.ts';
import { EMPTY_TREE } from '../../src/tree/trees.ts';
import { type Thing, type Things, TreeFixture } from '../support/tree-fixture.ts';

const anyName = fc.oneof(
  fc.constantFrom('a', 'a.b', 'Ω', '\u{1f600}', '\ufeffbom', '\ufffd', 'x=1\ny', ' ', '-rf', '\\'),
  fc.constantFrom('n'.repeat(99), 'n'.repeat(100), 'ü'.repeat(127), 'w'.repeat(255)),
);

const anyPath = fc.array(anyName, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

const anyMtime = fc.oneof(
  fc.constantFrom(0, 1, -1, 999, 1000, -1000, 1_700_000_000_123, 2 ** 51, -(2 ** 51)),
  fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
);

const anyMode = fc.integer({ min: 0, max: 0o777 });

const anyThing: fc.Arbitrary<Thing> = fc.oneof(
  fc.record({
    text: fc.oneof(
      fc.uint8Array({ maxLength: 1030 }),
      fc.constantFrom(511, 512, 513, 1_048_577, 1_300_000).map((size) => Buffer.alloc(size, 7)),
    ),
    mode: anyMode,
    mtime: anyMtime,
  }),
  fc.record({ link: fc.constantFrom('a', './b', 't'.repeat(101), 'Ω/x'), mtime: anyMtime }),
  fc.record({ directory: anyMode, mtime: anyMtime }),
);

/** Cuts bytes into pieces of the given lengths, over and over. */
function* cut(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + (lengths[i % lengths.length] ?? 1);
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** The tree that an archive stands for, in a store of its own. */
async function takeIn(
  into: TreeFixture,
  archive: Buffer,
  lengths: readonly number[],
): Promise<ObjectId> {
  const writer = into.store.contentWriter();
  const tree = new ArchivedTree(writer, { allowOutsideSymlinks: false });
  const bytes = new ByteSource(unpacked(Readable.from(cut(archive, lengths))));
  for await (const entry of readTar(bytes)) await tree.add(entry);
  writer.settle();
  return tree.over(into.trees, EMPTY_TREE);
}

async function roundTrip(things: Things, lengths: readonly number[]): Promise<ObjectId[]> {
  const from = new TreeFixture();
  const root = from.tree(things);
  const archive = Buffer.concat([...writeTar(from.trees, from.contents, root)]);
  expect(archive.length % 512).toBe(0);
  const into = new TreeFixture();
  const again = await takeIn(into, archive, lengths);
  // What is written from the copy proves that its content has arrived too.
  const second = Buffer.concat([...writeTar(into.trees, into.contents, again)]);
  expect(second.equals(archive)).toBe(true);
  return [root, again];
}

describe('an archive of any tree', () => {
  it('leads to a tree of the same id in another store, in pieces of any size', async () => {
    const lengths = fc.array(fc.integer({ min: 100, max: 70_000 }), { minLength: 1, maxLength: 5 });
    const trees = fc.dictionary(anyPath, anyThing, { maxKeys: 8, noNullPrototype: true });
    const property = fc.asyncProperty(trees, lengths, async (things, pieces) => {
      const [before, after] = await roundTrip(things, pieces);
      expect(after).toBe(before);
    });
    await fc.assert(property, { numRuns: 80 });
  });

  it('that is damaged gives a typed error, or a tree that only holds what a tree may', async () => {
    const from = new TreeFixture();
    const root = from.tree({
      'a.txt': 'a\n',
      'd/link': { link: '../a.txt' },
      [`d/${'n'.repeat(120)}`]: { text: 'long\n', mtime: 1 },
    });
    const archive = Buffer.concat([...writeTar(from.trees, from.contents, root)]);
    const damage = fc.array(
      fc.tuple(fc.nat(archive.length - 1), fc.constantFrom(0, 0x2e, 0x2f, 0x30, 0x78, 0xff)),
      { minLength: 1, maxLength: 4 },
    );
    const property = fc.asyncProperty(damage, fc.boolean(), async (changes, mendsSums) => {
      const broken = Buffer.from(archive);
      for (const [at, byte] of changes) broken[at] = byte;
      if (mendsSums) mendChecksums(broken);
      const into = new TreeFixture();
      const taken = await takeIn(into, broken, [1000]).catch((error: unknown) => error);
      if (taken instanceof ArchiveError) return;
      for (const [path] of new PendingTree(into.trees, taken as ObjectId).walk()) {
        expect(parsePath(path)).toBe(path);
      }
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

/** Writes the right checksum into every block that may be a header, so that the rest is looked at. */
function mendChecksums(archive: Buffer): void {
  for (let at = 0; at < archive.length; at += 512) {
    const block = archive.subarray(at, at + 512);
    if (!block.includes('ustar')) continue;
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
}
