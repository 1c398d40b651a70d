import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWildcard } from '../../src/disk/compile-wildcard.ts';
import { isMatch, type Places, passOn, type Wildcard } from '../../src/disk/wildcard.ts';

const signs = fc.constantFrom('a', 'b', '*', '?', '/', '**/', '/**', '[ab]', '[^a]');
const pattern = fc.string({ unit: signs, maxLength: 12 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 20 });

function compile(source: string): Wildcard {
  const wildcard = compileWildcard(source, true);
  if (wildcard === undefined) throw new Error(`${source} matches nothing.`);
  return wildcard;
}

function isAscending(places: Places): boolean {
  return places.every((place, i) => i === 0 || place > (places[i - 1] ?? place));
}

describe('a wildcard', () => {
  // A byte is compared once at each place: so this bounds the steps of every match.
  it('is never in more places than it has, in ascending order', () => {
    fc.assert(
      fc.property(pattern, text, (source, path) => {
        const wildcard = compile(source);
        for (let length = 0; length <= path.length; length++) {
          const places = passOn(wildcard, wildcard.start, path.slice(0, length));
          expect(isAscending(places)).toBe(true);
          expect(places.at(-1) ?? 0).toBeLessThanOrEqual(wildcard.tokens.length);
        }
        expect(wildcard.tokens.length).toBeLessThanOrEqual(source.length);
      }),
    );
  });

  it('gives the same answer when a text comes in pieces', () => {
    fc.assert(
      fc.property(pattern, text, text, (source, first, second) => {
        const wildcard = compile(source);
        const between = passOn(wildcard, wildcard.start, first);
        expect(isMatch(wildcard, between, second)).toBe(
          isMatch(wildcard, wildcard.start, first + second),
        );
      }),
    );
  });

  // No clock here: a match that goes back would keep this file from ever ending.
  it.each([
    `${'**/a/'.repeat(500)}b`,
    `${'*a'.repeat(500)}b`,
    `${'*?'.repeat(500)}b`,
    `**/${'*a*/'.repeat(500)}b`,
    `${'**/*a*'.repeat(200)}/b`,
    `${'[ab]*'.repeat(300)}c`,
    `${'?**'.repeat(300)}c`,
  ])('%j is answered for long paths', (source) => {
    const wildcard = compile(source);
    for (const name of ['a', 'aaaa', 'a'.repeat(255)]) {
      const path = `${name}/`.repeat(4096 / (name.length + 1));
      expect(isMatch(wildcard, wildcard.start, path)).toBe(false);
    }
  });
});
