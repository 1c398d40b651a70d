/** The tables of docs/NEIGHBOURS.md name tests that there are. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TESTS = fileURLToPath(new URL('..', import.meta.url));
const TEXT = readFileSync(new URL('../../docs/NEIGHBOURS.md', import.meta.url), 'utf8');

const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.test.ts'),
);

/** What the tests are called, as far as that is written down. */
const titles = files.flatMap((path) => {
  const text = readFileSync(join(TESTS, path), 'utf8');
  return [
    ...text.matchAll(/(?:it|describe)\(\s*(['"`])(.*?[^\\])\1|\](?: as const)?\)\((['"`])(.*?)\3/g),
  ].map(([, , title, , ofMany]) => (title ?? ofMany ?? '').replaceAll("\\'", "'"));
});

const lastCells = TEXT.split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (call|rule|of the text) \|/.test(line))
  .map((line) => line.split(' | ').at(-1) ?? '');

describe('the tables of the neighbours', () => {
  it('are found', () => {
    expect(lastCells.length).toBeGreaterThan(50);
    expect(titles.length).toBeGreaterThan(1000);
  });

  it('name files of tests that there are', () => {
    const named = lastCells.flatMap((cell) => cell.match(/[\w/.-]+\.test\.ts/g) ?? []);
    const missing = named.filter(
      (name) => !files.some((path) => path === name || path.endsWith(`/${name}`)),
    );
    expect(missing).toEqual([]);
  });

  it('name tests by a part of their titles', () => {
    const named = lastCells.flatMap((cell) => cell.match(/(?<=\*)[^*|]+(?=\*)/g) ?? []);
    const parts = named.map((part) => part.trim()).filter((part) => !/^,|^;|^$/.test(part));
    const missing = parts.filter((part) => !titles.some((title) => title.includes(part)));
    expect(missing).toEqual([]);
  });
});
