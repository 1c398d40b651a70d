import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectId } from '../../src/primitives/object-id.ts';
import type { Conflict, ConflictType } from '../../src/snapshot/conflict.ts';
import type { MergeOutcome } from '../../src/snapshot/merge-outcome.ts';
import { applyMerge, type MergeOptions, mergeTrees } from '../../src/snapshot/merge-trees.ts';
import { editDirectory } from '../../src/tree/edit-directory.ts';
import { EMPTY_TREE } from '../../src/tree/trees.ts';
import { anyEdits, anyThings } from '../support/tree-arbitraries.ts';
import { EMPTY, executable, type Things, TreeFixture } from '../support/tree-fixture.ts';

let fixture: TreeFixture;

beforeEach(() => {
  fixture = new TreeFixture();
});

afterEach(() => {
  fixture.close();
});

function merge(
  trees: readonly [ObjectId, ObjectId, ObjectId],
  options?: MergeOptions,
): MergeOutcome {
  const [base, ours, theirs] = trees;
  return mergeTrees(fixture, { base, ours, theirs }, options);
}

function mergedTree(
  trees: readonly [ObjectId, ObjectId, ObjectId],
  options?: MergeOptions,
): ObjectId {
  const outcome = merge(trees, options);
  if (outcome.kind !== 'merged') throw new Error(`conflicts: ${JSON.stringify(outcome.conflicts)}`);
  return applyMerge(fixture, trees[1], outcome).id;
}

function build(base: Things, ours: Things, theirs: Things): [ObjectId, ObjectId, ObjectId] {
  return [fixture.tree(base), fixture.tree(ours), fixture.tree(theirs)];
}

const SWAPPED: Record<ConflictType, ConflictType> = {
  'both-modified': 'both-modified',
  'both-added': 'both-added',
  'local-delete': 'remote-delete',
  'remote-delete': 'local-delete',
  'file-directory': 'file-directory',
};

function swap({ path, type, base, local, remote }: Conflict): Conflict {
  return {
    path,
    type: SWAPPED[type],
    ...(base && { base }),
    ...(remote && { local: remote }),
    ...(local && { remote: local }),
  };
}

const TEXT = 'one\ntwo\nthree\nfour\nfive\n';

describe('a merge without conflict', () => {
  const cases: [title: string, base: Things, ours: Things, theirs: Things, merged: Things][] = [
    ['takes what only our side changed', { f: 'a' }, { f: 'b' }, { f: 'a' }, { f: 'b' }],
    ['takes what only their side changed', { f: 'a' }, { f: 'a' }, { f: 'b' }, { f: 'b' }],
    ['takes the same change of both once', { f: 'a' }, { f: 'b' }, { f: 'b' }, { f: 'b' }],
    ['takes the same addition of both once', {}, { f: 'b' }, { f: 'b' }, { f: 'b' }],
    [
      'keeps what both added elsewhere',
      {},
      { 'd/a': 'a' },
      { 'd/b': 'b' },
      { 'd/a': 'a', 'd/b': 'b' },
    ],
    ['lets go of what both deleted', { f: 'a', g: 'g' }, { g: 'g' }, { g: 'g' }, { g: 'g' }],
    [
      'deletes what one deleted and the other left',
      { f: 'a', g: 'g' },
      { g: 'g' },
      { f: 'a', g: 'h' },
      { g: 'h' },
    ],
    [
      'merges text line by line',
      { f: TEXT },
      { f: TEXT.replace('one', '1') },
      { f: TEXT.replace('five', '5') },
      { f: '1\ntwo\nthree\nfour\n5\n' },
    ],
    [
      'merges content of one side and mode of the other',
      { f: 'a' },
      { f: executable('a') },
      { f: 'b' },
      { f: executable('b') },
    ],
    [
      'merges text and mode at once',
      { f: TEXT },
      { f: executable(TEXT.replace('one', '1')) },
      { f: TEXT.replace('five', '5') },
      { f: executable('1\ntwo\nthree\nfour\n5\n') },
    ],
    [
      'merges a mode of a directory with changes in it',
      { 'd/f': 'a' },
      { d: { directory: 0o700 }, 'd/f': 'a' },
      { 'd/f': 'b' },
      { d: { directory: 0o700 }, 'd/f': 'b' },
    ],
    [
      'takes a changed link',
      { l: { link: 'a' } },
      { l: { link: 'b' } },
      { l: { link: 'a' } },
      { l: { link: 'b' } },
    ],
    [
      'takes a file that has become a link',
      { f: 'a' },
      { f: { link: 'b' } },
      { f: 'a' },
      { f: { link: 'b' } },
    ],
    [
      'takes a file that has become a directory',
      { f: 'a' },
      { f: 'a' },
      { 'f/g': 'b' },
      { 'f/g': 'b' },
    ],
    [
      'takes a directory that has become a file',
      { 'f/g': 'b' },
      { f: 'a' },
      { 'f/g': 'b' },
      { f: 'a' },
    ],
    [
      'joins two directories that took the place of one file',
      { f: 'a' },
      { 'f/x': 'x' },
      { 'f/y': 'y' },
      { 'f/x': 'x', 'f/y': 'y' },
    ],
    [
      'keeps the directory that took the place of a file deleted there',
      { f: 'a' },
      { 'f/x': 'x' },
      {},
      { 'f/x': 'x' },
    ],
    [
      'keeps the file that took the place of a directory deleted there',
      { 'd/x': 'x' },
      { d: 'd' },
      {},
      { d: 'd' },
    ],
    ['adds an empty directory', {}, { d: EMPTY }, { f: 'f' }, { d: EMPTY, f: 'f' }],
    [
      'deletes an empty directory',
      { d: EMPTY, f: 'f' },
      { f: 'f' },
      { d: EMPTY, f: 'g' },
      { f: 'g' },
    ],
    [
      'keeps a directory that both emptied',
      { 'd/a': 'a', 'd/b': 'b' },
      { 'd/a': 'a' },
      { 'd/b': 'b' },
      { d: EMPTY },
    ],
    [
      'deletes a directory whose files the other side deleted',
      { 'd/a': 'a', 'd/b': 'b' },
      { 'd/b': 'b' },
      {},
      {},
    ],
    [
      'keeps additions to a deleted directory, and the directory with them',
      { 'd/a': 'a', 'd/e/b': 'b' },
      { 'd/a': 'a', 'd/e/b': 'b', 'd/e/new': 'n', 'd/e/dir/x': 'x' },
      {},
      { 'd/e/new': 'n', 'd/e/dir/x': 'x' },
    ],
    [
      'keeps a file in the place of a directory inside a deleted directory',
      { 'd/e/b': 'b', 'd/c': 'c' },
      { 'd/e': 'now a file', 'd/c': 'c' },
      {},
      { 'd/e': 'now a file' },
    ],
    [
      'replaces a directory of which the other side only deleted',
      { 'd/a': 'a', 'd/b': 'b' },
      { 'd/b': 'b' },
      { d: 'file' },
      { d: 'file' },
    ],
  ];

  it.each(cases)('%s', (_title, base, ours, theirs, expected) => {
    const trees = build(base, ours, theirs);
    const wanted = fixture.show(fixture.tree(expected));
    expect(fixture.show(mergedTree(trees))).toEqual(wanted);
    expect(fixture.show(mergedTree([trees[0], trees[2], trees[1]]))).toEqual(wanted);
  });

  it('names the files that were merged line by line, and stores nothing by itself', () => {
    const trees = build(
      { f: TEXT, g: 'g' },
      { f: TEXT.replace('one', '1'), g: 'h' },
      { f: TEXT.replace('five', '5'), g: 'g' },
    );
    const before = fixture.store.objects.totals();
    const outcome = merge(trees);
    expect(outcome).toMatchObject({ kind: 'merged', merged: ['f'], conflicts: [] });
    expect(fixture.store.objects.totals()).toEqual(before);
  });

  it('takes the mtime of the side that changed, and the later one of the same change', () => {
    const at = (text: string, mtime: number): Things => ({ f: { text, mtime } });
    const mtimeOf = (base: Things, ours: Things, theirs: Things): number | undefined =>
      fixture.trees.entry(mergedTree(build(base, ours, theirs)), 'f')?.mtime;
    expect(mtimeOf(at('a', 1), at('b', 5), at('a', 9))).toBe(5);
    expect(mtimeOf(at('a', 1), at('a', 1), at('b', 3))).toBe(3);
    expect(mtimeOf(at('a', 1), at('b', 7), at('b', 5))).toBe(7);
    expect(mtimeOf(at('a', 1), at('b', 5), at('b', 7))).toBe(7);
    expect(mtimeOf(at('a', 1), at('a', 5), at('a', 7))).toBe(7);
  });

  it('does not take a new mtime for a change that clashes with a deletion', () => {
    const trees = build(
      { 'd/f': { text: 'a', mtime: 1 }, g: { text: 'a', mtime: 1 } },
      { 'd/f': { text: 'a', mtime: 2 }, g: { text: 'a', mtime: 2 } },
      {},
    );
    expect(mergedTree(trees)).toBe(EMPTY_TREE);
  });
});

describe('a conflict', () => {
  type Case = readonly [
    title: string,
    base: Things,
    ours: Things,
    theirs: Things,
    conflicts: Record<string, ConflictType>,
    ours: Things,
    theirs: Things,
  ];
  const cases: Case[] = [
    [
      'of two contents',
      { f: 'a\n' },
      { f: 'b\n', g: 'g' },
      { f: 'c\n' },
      { f: 'both-modified' },
      { f: 'b\n', g: 'g' },
      { f: 'c\n', g: 'g' },
    ],
    [
      'of two binary contents',
      { f: '\0a\nb\nc\nd\n' },
      { f: '\0A\nb\nc\nd\n' },
      { f: '\0a\nb\nc\nD\n' },
      { f: 'both-modified' },
      { f: '\0A\nb\nc\nd\n' },
      { f: '\0a\nb\nc\nD\n' },
    ],
    [
      'of two modes',
      { f: 'a' },
      { f: executable('a') },
      { f: { text: 'a', mode: 0o600 } },
      { f: 'both-modified' },
      { f: executable('a') },
      { f: { text: 'a', mode: 0o600 } },
    ],
    [
      'of two modes of a directory, which leaves what is in it to be merged',
      { 'd/f': 'f' },
      { d: { directory: 0o700 }, 'd/f': 'f', 'd/a': 'a' },
      { d: { directory: 0o750 }, 'd/f': 'f', 'd/b': 'b' },
      { d: 'both-modified' },
      { d: { directory: 0o700 }, 'd/f': 'f', 'd/a': 'a', 'd/b': 'b' },
      { d: { directory: 0o750 }, 'd/f': 'f', 'd/a': 'a', 'd/b': 'b' },
    ],
    [
      'of two links',
      { l: { link: 'a' } },
      { l: { link: 'b' } },
      { l: { link: 'c' } },
      { l: 'both-modified' },
      { l: { link: 'b' } },
      { l: { link: 'c' } },
    ],
    [
      'of a changed file and one that has become a link',
      { f: 'a' },
      { f: 'b' },
      { f: { link: 'c' } },
      { f: 'both-modified' },
      { f: 'b' },
      { f: { link: 'c' } },
    ],
    ['of two additions', {}, { f: 'a' }, { f: 'b' }, { f: 'both-added' }, { f: 'a' }, { f: 'b' }],
    [
      'of two files in the place of a directory',
      { 'd/x': 'x' },
      { d: 'a' },
      { d: 'b' },
      { d: 'both-added' },
      { d: 'a' },
      { d: 'b' },
    ],
    [
      'of a change and a deletion',
      { f: 'a' },
      { f: 'b' },
      {},
      { f: 'remote-delete' },
      { f: 'b' },
      {},
    ],
    [
      'of a deletion and a change',
      { f: 'a' },
      {},
      { f: 'b' },
      { f: 'local-delete' },
      {},
      { f: 'b' },
    ],
    [
      'of a new mode and a deletion',
      { f: 'a' },
      { f: executable('a') },
      {},
      { f: 'remote-delete' },
      { f: executable('a') },
      {},
    ],
    [
      'of a deleted directory and changes in it, which names those',
      { 'd/a': 'a', 'd/b': 'b', 'd/e/c': 'c' },
      { 'd/a': 'a', 'd/b': 'B', 'd/e/c': 'C', 'd/e/new': 'n' },
      {},
      { 'd/b': 'remote-delete', 'd/e/c': 'remote-delete' },
      { 'd/b': 'B', 'd/e/c': 'C', 'd/e/new': 'n' },
      { 'd/e/new': 'n' },
    ],
    [
      'of a deleted directory and changes in it on the other side',
      { 'd/a': 'a', 'd/b': 'b' },
      {},
      { 'd/a': 'a', 'd/b': 'B' },
      { 'd/b': 'local-delete' },
      {},
      { 'd/b': 'B' },
    ],
    [
      'of a deleted directory and its new mode, which is about the whole directory',
      { 'd/e/f': 'f', 'd/g': 'g' },
      { d: EMPTY, 'd/e': { directory: 0o700 }, 'd/e/f': 'F', 'd/g': 'g' },
      {},
      { 'd/e': 'remote-delete' },
      { 'd/e': { directory: 0o700 }, 'd/e/f': 'F' },
      {},
    ],
    [
      'of an added file and an added directory',
      {},
      { f: 'a' },
      { 'f/b': 'b' },
      { f: 'file-directory' },
      { f: 'a' },
      { 'f/b': 'b' },
    ],
    [
      'of a changed file and a directory in its place',
      { f: 'a' },
      { f: 'b' },
      { 'f/b': 'b' },
      { f: 'file-directory' },
      { f: 'b' },
      { 'f/b': 'b' },
    ],
    [
      'of a file in the place of a directory to which the other side added',
      { 'd/a': 'a', 'd/b': 'b' },
      { 'd/a': 'a', 'd/c': 'c' },
      { d: 'file' },
      { d: 'file-directory' },
      { 'd/a': 'a', 'd/c': 'c' },
      { d: 'file' },
    ],
  ];

  it.each(cases)('%s', (_title, base, ours, theirs, conflicts, byOurs, byTheirs) => {
    const trees = build(base, ours, theirs);
    const outcome = merge(trees);
    expect(outcome.kind).toBe('conflicted');
    const types = outcome.conflicts.map(({ path, type }) => [path, type]);
    expect(Object.fromEntries(types)).toEqual(conflicts);
    const decided = (onConflict: 'ours' | 'theirs'): Record<string, string> =>
      fixture.show(mergedTree(trees, { onConflict }));
    expect(decided('ours')).toEqual(fixture.show(fixture.tree(byOurs)));
    expect(decided('theirs')).toEqual(fixture.show(fixture.tree(byTheirs)));
    for (const took of ['ours', 'theirs'] as const) {
      const named = outcome.conflicts.map((conflict) => ({ ...conflict, took }));
      expect(merge(trees, { onConflict: took, wholeFile: true }).conflicts).toEqual(named);
    }
  });

  it('says what each side has, and survives being written as JSON', () => {
    const trees = build(
      { f: { text: 'base\n', mtime: 1 } },
      { f: { text: 'ours\n', mtime: 2, mode: 0o755 } },
      {},
    );
    const [conflict] = merge(trees).conflicts;
    expect(conflict).toEqual({
      path: 'f',
      type: 'remote-delete',
      base: { kind: 'file', hash: expect.any(String), size: 5, mtime: new Date(1), mode: 0o644 },
      local: { kind: 'file', hash: expect.any(String), size: 5, mtime: new Date(2), mode: 0o755 },
    });
    expect(JSON.parse(JSON.stringify(conflict)).local.mtime).toBe('1970-01-01T00:00:00.002Z');
  });

  it('is any text that both sides changed when line merging is off', () => {
    const trees = build(
      { f: TEXT },
      { f: TEXT.replace('one', '1') },
      { f: TEXT.replace('five', '5') },
    );
    expect(merge(trees, { mergeText: false }).conflicts).toMatchObject([{ type: 'both-modified' }]);
    expect(merge(trees).kind).toBe('merged');
  });

  it('is a text above the size that is merged', () => {
    const long = 'x'.repeat(99).concat('\n').repeat(170_000);
    const trees = build({ f: long }, { f: `ours\n${long}` }, { f: `${long}theirs\n` });
    expect(merge(trees).conflicts).toMatchObject([{ path: 'f', type: 'both-modified' }]);
  });
});

describe('the laws of merging', () => {
  const anySides = fc.record({ base: anyThings, ours: anyEdits, theirs: anyEdits });

  it('a side that changed nothing yields the other side, to the mtime', () => {
    fc.assert(
      fc.property(anyThings, anyEdits, (things, edits) => {
        const base = fixture.tree(things);
        const other = fixture.edit(base, edits);
        expect(mergedTree([base, base, other])).toBe(other);
        expect(mergedTree([base, other, base])).toBe(other);
        expect(mergedTree([base, other, other])).toBe(other);
      }),
      { numRuns: 200 },
    );
  });

  it('swapping the sides swaps the conflicts and changes nothing else', () => {
    fc.assert(
      fc.property(anySides, (sides) => {
        const base = fixture.tree(sides.base);
        const ours = fixture.edit(base, sides.ours);
        const theirs = fixture.edit(base, sides.theirs);
        const outcome = merge([base, ours, theirs]);
        const swapped = merge([base, theirs, ours]);
        expect(swapped.conflicts).toEqual(outcome.conflicts.map(swap));
        expect(mergedTree([base, theirs, ours], { onConflict: 'theirs' })).toBe(
          mergedTree([base, ours, theirs], { onConflict: 'ours' }),
        );
        if (outcome.kind === 'conflicted') return;
        expect(mergedTree([base, theirs, ours])).toBe(mergedTree([base, ours, theirs]));
      }),
      { numRuns: 400 },
    );
  });

  it('edits in different places are both applied', () => {
    fc.assert(
      fc.property(anyThings, anyEdits, anyEdits, (things, left, right) => {
        const below = (directory: string, edits: Things): Things =>
          Object.fromEntries(
            Object.entries(edits).map(([path, thing]) => [`${directory}/${path}`, thing]),
          );
        const base = fixture.tree({ ...below('left', things), ...below('right', things) });
        // The directories themselves are there in the base, so that no side has to make them.
        const both = fixture.edit(base, { 'left/keep': 'k', 'right/keep': 'k' });
        const ours = fixture.edit(both, below('left', left));
        const theirs = fixture.edit(both, below('right', right));
        expect(mergedTree([both, ours, theirs])).toBe(fixture.edit(ours, below('right', right)));
      }),
      { numRuns: 150 },
    );
  });

  it('merging once more with either side changes nothing', () => {
    fc.assert(
      fc.property(anySides, (sides) => {
        const base = fixture.tree(sides.base);
        const ours = fixture.edit(base, sides.ours);
        const theirs = fixture.edit(base, sides.theirs);
        const merged = mergedTree([base, ours, theirs], { onConflict: 'ours' });
        expect(mergedTree([theirs, merged, theirs])).toBe(merged);
        expect(mergedTree([ours, merged, ours])).toBe(merged);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a large merge', () => {
  it('does not overflow the stack in a tree of 1,500 levels', () => {
    const deep = 'd/'.repeat(1500);
    const base = fixture.tree({ [`${deep}f`]: TEXT, [`${deep}g`]: 'g' });
    const ours = fixture.edit(base, { [`${deep}f`]: TEXT.replace('one', '1') });
    const theirs = fixture.edit(base, { [`${deep}f`]: TEXT.replace('five', '5') });
    const merged = mergedTree([base, ours, theirs]);
    expect(fixture.show(merged)[`${deep}f`]).toBe('1\ntwo\nthree\nfour\n5\n');
    const gone = fixture.edit(base, { d: null });
    const outcome = merge([base, ours, gone]);
    expect(outcome.conflicts).toMatchObject([{ path: `${deep}f`, type: 'remote-delete' }]);
    const kept = mergedTree([base, ours, gone], { onConflict: 'ours' });
    expect(Object.keys(fixture.show(kept))).toEqual([`${deep}f`]);
  });

  it('comes down to the changed names in a directory of 100,000 entries', () => {
    const entry = fixture.entry('same');
    const names = Array.from({ length: 100_000 }, (_, i) => `f${String(i).padStart(6, '0')}`);
    const base = editDirectory(
      fixture.trees,
      EMPTY_TREE,
      names.map((name) => [name, entry]),
    ).id;
    const ours = fixture.edit(base, { f000100: 'ours' });
    const theirs = fixture.edit(base, { f099000: 'theirs', f050000: null });
    const outcome = merge([base, ours, theirs]);
    expect(outcome).toMatchObject({
      kind: 'merged',
      changes: [{ path: 'f050000' }, { path: 'f099000' }],
    });
  });
});
