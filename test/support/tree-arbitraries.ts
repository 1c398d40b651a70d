/** Random small trees and edits, leaning to clashes: few names, few texts, every kind of entry. */

import fc from 'fast-check';
import type { Thing, Things } from './tree-fixture.ts';

const SEGMENTS = ['a', 'b', 'a.b'];

/** Paths of up to three components. */
export const anyPath: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

/** Texts of lines that are often the same. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('one', 'two', 'three', 'four', 'five'), { minLength: 1, maxLength: 8 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

const anyMtime = fc.constantFrom(0, 1000, 2000);

/** A file, a link or an empty directory. */
const anyThing: fc.Arbitrary<Thing> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ text: anyText, mtime: anyMtime }) },
  { weight: 2, arbitrary: fc.record({ text: anyText, mode: fc.constantFrom(0o755, 0o600) }) },
  { weight: 1, arbitrary: fc.record({ link: fc.constantFrom('a', 'b') }) },
  {
    weight: 2,
    arbitrary: fc.record({ directory: fc.constantFrom(0o755, 0o700), mtime: anyMtime }),
  },
);

/** What a tree holds. */
export const anyThings: fc.Arbitrary<Things> = fc.dictionary(anyPath, anyThing, {
  maxKeys: 8,
  noNullPrototype: true,
});

/** Changes of a tree: things put, and deleted. */
export const anyEdits: fc.Arbitrary<Things> = fc.dictionary(
  anyPath,
  fc.oneof({ weight: 2, arbitrary: anyThing }, { weight: 1, arbitrary: fc.constant(null) }),
  { maxKeys: 5, noNullPrototype: true },
);
