import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSimilarPairs, fingerprint, similarity } from '../../src/snapshot/similarity.ts';

function compare(before: string, after: string): number {
  return similarity(fingerprint(Buffer.from(before)), fingerprint(Buffer.from(after)));
}

const text = fc
  .array(fc.constantFrom('a\n', 'bb\n', 'ccc\n', '\n', 'd'.repeat(100)), { maxLength: 20 })
  .map((lines) => lines.join(''));

describe('similarity', () => {
  it('is the share of bytes in common of the larger content, rounded down', () => {
    expect(compare('a\nb\nc\n', 'a\nb\nx\n')).toBe(66);
    expect(compare('a\nb\n', 'a\nb\nc\nd\n')).toBe(50);
    expect(compare('a\n', 'b\n')).toBe(0);
  });

  it('counts a repeated line as often as both have it', () => {
    expect(compare('a\na\na\na\n', 'a\nb\nc\nd\n')).toBe(25);
  });

  it('finds lines in another order, and parts of a line longer than 64 bytes', () => {
    expect(compare('a\nb\nc\n', 'c\na\nb\n')).toBe(100);
    expect(compare(`${'x'.repeat(64)}${'y'.repeat(64)}`, 'x'.repeat(64))).toBe(50);
  });

  it('is 0 for empty contents', () => {
    expect(compare('', '')).toBe(0);
    expect(compare('', 'a\n')).toBe(0);
  });

  it('is symmetric, 100 for equal contents, and never outside 0 to 100', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const percent = compare(before, after);
        expect(percent).toBe(compare(after, before));
        expect(percent).toBeGreaterThanOrEqual(0);
        expect(percent).toBeLessThanOrEqual(100);
        expect(compare(before, before)).toBe(before === '' ? 0 : 100);
      }),
    );
  });
});

describe('findSimilarPairs', () => {
  it('finds the pairs that comparing each with each finds', () => {
    const contents = fc.array(text, { maxLength: 8 });
    fc.assert(
      fc.property(contents, contents, fc.integer({ min: 1, max: 100 }), (left, right, minimum) => {
        const sources = left.map((content) => fingerprint(Buffer.from(content)));
        const targets = right.map((content) => fingerprint(Buffer.from(content)));
        const found = findSimilarPairs(sources, targets, minimum, Number.POSITIVE_INFINITY);
        const expected = sources.flatMap((before, source) =>
          targets.map((after, target) => ({
            source,
            target,
            similarity: similarity(before, after),
          })),
        );
        expect(new Set(found)).toEqual(
          new Set(expected.filter((pair) => pair.similarity >= minimum)),
        );
      }),
    );
  });

  it('stops when its steps are spent', () => {
    const alike = Array.from({ length: 3 }, () => fingerprint(Buffer.from('a\nb\n')));
    expect(findSimilarPairs(alike, alike, 50, 18)).toHaveLength(9);
    expect(findSimilarPairs(alike, alike, 50, 17)).toHaveLength(6);
    expect(findSimilarPairs(alike, alike, 50, 5)).toHaveLength(0);
  });
});
