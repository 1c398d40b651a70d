import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileSelection } from '../../src/primitives/glob.ts';
import type { ObjectId } from '../../src/primitives/object-id.ts';
import { compareNames, type TreePath } from '../../src/primitives/path.ts';
import {
  collectChanges,
  type FileChange,
  type FileVersion,
  summariseStatus,
} from '../../src/snapshot/changes.ts';
import type { ChangeOptions } from '../../src/snapshot/tree-changes.ts';
import { diffTrees } from '../../src/tree/diff-trees.ts';
import { anyEdits, anyThings } from '../support/tree-arbitraries.ts';
import { EMPTY, executable, replay, type Things, TreeFixture } from '../support/tree-fixture.ts';

let fixture: TreeFixture;

beforeEach(() => {
  fixture = new TreeFixture();
});

afterEach(() => {
  fixture.close();
});

function changesOf(before: Things, after: Things, options?: Partial<ChangeOptions>): FileChange[] {
  return collectChanges(fixture, fixture.tree(before), fixture.tree(after), {
    detectRenames: true,
    ...options,
  });
}

/** Each change in a few words, such as `modified file f`. */
function summary(changes: readonly FileChange[]): string[] {
  return changes.map(({ type, kind, path, from }) =>
    [type, kind, ...(from === undefined ? [] : [from, '->']), path].join(' '),
  );
}

/** The files and links of a tree, as changes name them. */
function listFiles(root: ObjectId): [path: TreePath, file: FileVersion][] {
  return [...fixture.files(root)].map(([path, { entry }]) => {
    const { kind, id, size, mode } = entry;
    return [path, { kind, hash: id, size, mode }];
  });
}

describe('the changes between two trees', () => {
  const cases: [title: string, before: Things, after: Things, changes: string[]][] = [
    ['are none when nothing but an mtime differs', { f: 'a' }, { f: { text: 'a', mtime: 9 } }, []],
    ['name an added file', {}, { 'd/f': 'a' }, ['added file d/f']],
    ['name a deleted file', { 'd/f': 'a', g: 'g' }, { g: 'g' }, ['deleted file d/f']],
    ['name a modified file', { f: 'a' }, { f: 'b' }, ['modified file f']],
    ['name a mode that changed alone', { f: 'a' }, { f: executable('a') }, ['mode file f']],
    [
      'call content and mode together modified',
      { f: 'a' },
      { f: executable('b') },
      ['modified file f'],
    ],
    ['name a link', {}, { l: { link: 'x' } }, ['added symlink l']],
    [
      'call a file that is now a link modified',
      { f: 'x' },
      { f: { link: 'x' } },
      ['modified symlink f'],
    ],
    ['name an empty directory', {}, { d: EMPTY }, ['added directory d']],
    ['leave out a directory that has entries', { 'd/f': 'a' }, {}, ['deleted file d/f']],
    [
      'name the mode of a directory',
      { 'd/f': 'a' },
      { d: { directory: 0o700 }, 'd/f': 'a' },
      ['mode directory d'],
    ],
    [
      'delete the file and add the content where a directory took its place',
      { f: 'a' },
      { 'f/x': 'x' },
      ['deleted file f', 'added file f/x'],
    ],
    [
      'add the file and delete the content where it took the place of a directory',
      { 'f/x': 'x' },
      { f: 'a' },
      ['added file f', 'deleted file f/x'],
    ],
    [
      'call an empty directory in the place of a file modified',
      { f: 'a' },
      { f: EMPTY },
      ['modified directory f'],
    ],
    ['put a moved file together', { a: 'text\n' }, { 'd/b': 'text\n' }, ['renamed file a -> d/b']],
    [
      'put a moved and edited file together',
      { a: 'one\ntwo\nthree\nfour\n' },
      { b: 'one\ntwo\nthree\n4\n' },
      ['renamed file a -> b'],
    ],
    [
      'put a directory that moved together file by file',
      { 'a/x': 'x', 'a/y': 'y' },
      { 'b/x': 'x', 'b/y': 'y' },
      ['renamed file a/x -> b/x', 'renamed file a/y -> b/y'],
    ],
    [
      'put a file together that moved into a directory in its place',
      { f: 'text\n' },
      { 'f/f': 'text\n' },
      ['renamed file f -> f/f'],
    ],
    [
      'do not put a link together that a directory has replaced',
      { l: { link: 'x' } },
      { 'l/m': { link: 'x' } },
      ['deleted symlink l', 'added symlink l/m'],
    ],
    [
      'are sorted by the bytes of the whole path',
      {},
      { 'a/b': 'ab', 'a.b': 'a.b', a0: 'a0', '\u{1f600}': 'face', '\uffee': 'form' },
      [
        'added file a.b',
        'added file a/b',
        'added file a0',
        'added file \uffee',
        'added file \u{1f600}',
      ],
    ],
  ];

  it.each(cases)('%s', (_title, before, after, expected) => {
    expect(summary(changesOf(before, after))).toEqual(expected);
  });

  it('show a rename as deleted and added when told to', () => {
    const changes = changesOf({ a: 'text\n' }, { b: 'text\n' }, { detectRenames: false });
    expect(summary(changes)).toEqual(['deleted file a', 'added file b']);
  });

  it('hold what was there before and after', () => {
    const [change] = changesOf({ f: 'a' }, { f: executable('bb') });
    expect(change).toEqual({
      type: 'modified',
      path: 'f',
      kind: 'file',
      before: { kind: 'file', hash: fixture.entry('a')?.id, size: 1, mode: 0o644 },
      after: { kind: 'file', hash: fixture.entry('bb')?.id, size: 2, mode: 0o755 },
    });
  });

  it('are those of selected paths only, of which renames are made', () => {
    const select = compileSelection(['src'], ['*.log']);
    const changes = changesOf(
      { 'lib/a': 'text\n', 'src/x.log': 'x' },
      { 'src/a': 'text\n', 'src/x.log': 'y', b: 'b' },
      { select },
    );
    expect(summary(changes)).toEqual(['added file src/a']);
  });

  it('turn the files of one tree into those of the other', () => {
    fc.assert(
      fc.property(anyThings, anyEdits, fc.boolean(), (things, edits, detectRenames) => {
        const before = fixture.tree(things);
        const after = fixture.edit(before, edits);
        const changes = collectChanges(fixture, before, after, { detectRenames });
        const files = new Map(listFiles(before));
        const gone = changes.filter(({ type }) => type !== 'added');
        for (const { path, from } of gone) files.delete(from ?? path);
        for (const { path, after: now } of changes) {
          if (now !== undefined && now.kind !== 'directory') files.set(path, now);
        }
        expect(files).toEqual(new Map(listFiles(after)));
        const paths = changes.map(({ path }) => path);
        expect(paths).toEqual([...new Set(paths)].sort(compareNames));
      }),
      { numRuns: 200 },
    );
  });

  it('are none only when the trees are the same but for mtimes', () => {
    fc.assert(
      fc.property(anyThings, anyEdits, (things, edits) => {
        const before = fixture.tree(things);
        const after = fixture.edit(before, edits);
        const differences = [...diffTrees(fixture.trees, before, after)];
        expect(fixture.same(replay(fixture, before, differences), after)).toBe(true);
        expect(differences.length === 0).toBe(fixture.same(before, after));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a status', () => {
  it('lists changes by type, with modes among the modified', () => {
    const changes = changesOf(
      { m: 'a', x: 'x', gone: executable('gone'), old: 'moved text\n' },
      {
        m: 'bb',
        x: executable('x'),
        new: { directory: 0o700 },
        now: 'moved text\n',
        l: { link: 'm' },
      },
    );
    expect(summariseStatus(changes)).toEqual({
      modified: [
        { path: 'm', size: 2, mode: 0o644 },
        { path: 'x', size: 1, mode: 0o755 },
      ],
      added: [
        { path: 'l', size: 1, mode: 0o777 },
        { path: 'new', size: 0, mode: 0o700 },
      ],
      deleted: [{ path: 'gone', size: 4, mode: 0o755 }],
      renamed: [{ path: 'now', from: 'old' }],
      hasChanges: true,
    });
  });

  it('says when there are no changes', () => {
    expect(summariseStatus([])).toEqual({
      modified: [],
      added: [],
      deleted: [],
      renamed: [],
      hasChanges: false,
    });
  });
});
