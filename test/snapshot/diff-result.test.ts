import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentId, type ObjectId } from '../../src/primitives/object-id.ts';
import { type DiffOptions, DiffResult } from '../../src/snapshot/diff-result.ts';
import { Contents } from '../../src/store/contents.ts';
import { anyPath } from '../support/tree-arbitraries.ts';
import { EMPTY, type Thing, type Things, TreeFixture } from '../support/tree-fixture.ts';

let fixture: TreeFixture;

beforeEach(() => {
  fixture = new TreeFixture();
});

afterEach(() => {
  fixture.close();
});

function diff(before: Things, after: Things, options?: DiffOptions): DiffResult {
  return new DiffResult(fixture, fixture.tree(before), fixture.tree(after), options);
}

describe('the difference of two trees', () => {
  it('is a patch, a list of changes with counted lines, and figures', () => {
    const result = diff({ f: 'a\nb\n', gone: 'x\n' }, { f: 'a\nc\nd\n', n: '\0' });
    expect(result.text).toBe(
      [
        'diff --git a/f b/f',
        'index 422c2b7..6372083 100644',
        '--- a/f',
        '+++ b/f',
        '@@ -1,2 +1,3 @@',
        ' a',
        '-b',
        '+c',
        '+d',
        'diff --git a/gone b/gone',
        'deleted file mode 100644',
        'index 587be6b..0000000',
        '--- a/gone',
        '+++ /dev/null',
        '@@ -1 +0,0 @@',
        '-x',
        'diff --git a/n b/n',
        'new file mode 100644',
        'index 0000000..f76dd23',
        'Binary files /dev/null and b/n differ',
        '',
      ].join('\n'),
    );
    expect(result.changes).toMatchObject([
      { type: 'modified', path: 'f', binary: false, linesAdded: 2, linesRemoved: 1 },
      { type: 'deleted', path: 'gone', binary: false, linesAdded: 0, linesRemoved: 1 },
      { type: 'added', path: 'n', binary: true, linesAdded: 0, linesRemoved: 0 },
    ]);
    expect(result.stats).toEqual({ files: 3, insertions: 2, deletions: 2 });
    expect([...result]).toEqual(result.changes);
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({ text: result.text });
  });

  it('is empty for equal trees', () => {
    const result = diff({ f: 'a' }, { f: 'a' });
    expect(result.text).toBe('');
    expect([...result]).toEqual([]);
    expect(result.stats).toEqual({ files: 0, insertions: 0, deletions: 0 });
  });

  it('looks at selected paths only', () => {
    const result = diff(
      {},
      { 'src/a.ts': 'a\n', 'src/a.log': 'l\n', 'doc/a.md': 'd\n' },
      {
        include: ['src/**'],
        exclude: ['*.log'],
      },
    );
    expect(result.changes.map(({ path }) => path)).toEqual(['src/a.ts']);
    expect(() => diff({}, {}, { include: [''] })).toThrow(/include/);
  });

  it('reads no content for names only', () => {
    const before = fixture.tree({ f: 'a\n', g: 'g\n' });
    const after = fixture.tree({ f: 'b\n', d: EMPTY });
    for (const text of ['a\n', 'b\n', 'g\n']) {
      const number = fixture.store.objects.numberOf(fixture.entry(text)?.id ?? before);
      fixture.store.objects.delete(number ?? 0);
    }
    const result = new DiffResult(fixture, before, after, { nameOnly: true });
    expect(result.text).toBe('d\nf\ng\n');
    expect(result.changes[1]).not.toHaveProperty('linesAdded');
    expect(result.stats).toEqual({ files: 2, insertions: 0, deletions: 0 });
    expect(() => new DiffResult(fixture, before, after).text).toThrow(/lacks the content/);
  });

  it('prints a summary with a line for each file', () => {
    const result = diff({ f: 'a\n', d: EMPTY }, { f: 'b\n', g: '\0' }, { stat: true });
    expect(result.text).toBe(
      ' f |   2 +-\n g | Bin\n 2 files changed, 1 insertion(+), 1 deletion(-)\n',
    );
  });

  it('names empty directories and their modes as changes, of which a patch knows nothing', () => {
    const result = diff({ a: EMPTY, c: EMPTY }, { b: EMPTY, c: { directory: 0o700 } });
    expect(result.text).toBe('');
    expect(result.changes.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'deleted a',
      'added b',
      'mode c',
    ]);
    expect(result.stats.files).toBe(0);
  });

  it('shows as much context as it is told to', () => {
    const lines = Array.from({ length: 9 }, (_, i) => `${i}\n`);
    const changed = lines.with(4, 'x\n');
    const result = diff({ f: lines.join('') }, { f: changed.join('') }, { context: 1 });
    expect(result.text).toContain('@@ -4,3 +4,3 @@');
  });

  it('compares contents once, and not before they are asked for', () => {
    const before = fixture.tree({ f: 'a\n' });
    const after = fixture.tree({ f: 'b\n' });
    const contents = new Contents(fixture.store.objects, 1);
    const [asked, unasked] = [1, 2].map(
      () => new DiffResult({ trees: fixture.trees, contents }, before, after),
    );
    const text = asked?.text;
    fixture.store.objects.delete(
      fixture.store.objects.numberOf(contentId(Buffer.from('b\n'))) ?? 0,
    );
    expect(asked?.text).toBe(text);
    expect(asked?.stats.files).toBe(1);
    expect(() => unasked?.text).toThrow(/lacks the content/);
  });
});

describe('the difference of large files', () => {
  it('names a text above the limit of the line diff', () => {
    const text = 'line\n'.repeat(300_000);
    const result = diff({ f: text }, { f: `${text}more\n` });
    expect(result.text).toContain('Files a/f and b/f, too large for a line diff, differ');
    expect(result.changes).toMatchObject([{ binary: false, linesAdded: 0, linesRemoved: 0 }]);
  });

  it('does not read files above 32 MiB, and says so in a way that git apply refuses', () => {
    const size = 32 * 1024 * 1024 + 1;
    const large = Buffer.alloc(size, 'x');
    const before = fixture.tree({ f: { text: large }, s: 's\n' });
    large[size - 1] = 0x79;
    const after = fixture.edit(before, { f: { text: large }, s: 't\n' });
    const result = new DiffResult(fixture, before, after, { binary: true });
    expect(result.text).toMatch(
      /^diff --git a\/f b\/f\nindex [0-9a-f]{7}\.\.[0-9a-f]{7}\nFiles a\/f and b\/f, too large to compare, differ\n/,
    );
    const directory = mkdtempSync(join(tmpdir(), 'large-diff-'));
    try {
      writeFileSync(join(directory, 's'), 's\n');
      writeFileSync(join(directory, 'f'), 'x');
      expect(() => applyPatch(directory, result.text)).toThrow(/f/);
      expect(readFileSync(join(directory, 's'), 'utf8')).toBe('s\n');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('shows the new name and mode of a file above 32 MiB that is otherwise the same', () => {
    const text = Buffer.alloc(32 * 1024 * 1024 + 1);
    const result = diff({ f: { text } }, { g: { text, mode: 0o755 } });
    expect(result.text).toBe(
      [
        'diff --git a/f b/g',
        'old mode 100644',
        'new mode 100755',
        'similarity index 100%',
        'rename from f',
        'rename to g',
        '',
      ].join('\n'),
    );
    expect(result.changes).toMatchObject([{ type: 'renamed', binary: true }]);
  });
});

function applyPatch(directory: string, patch: string): void {
  execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
    cwd: directory,
    input: patch,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CEILING_DIRECTORIES: tmpdir(),
    },
  });
}

/** Writes the files of a tree to a directory on disk. */
function checkOut(root: ObjectId, directory: string): void {
  for (const [path, { entry, content }] of fixture.files(root)) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    if (entry.kind === 'symlink') symlinkSync(content, target);
    else {
      writeFileSync(target, content);
      chmodSync(target, entry.mode);
    }
  }
}

/** What git keeps of each file in a directory on disk. */
function listDisk(directory: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) files[name] = `link ${readlinkSync(path)}`;
    else if (stats.isFile()) files[name] = `${stats.mode & 0o100} ${readFileSync(path, 'latin1')}`;
  }
  return files;
}

function listTree(root: ObjectId): Record<string, string> {
  const files = [...fixture.files(root)].map(([path, { entry, content }]) => [
    path,
    entry.kind === 'symlink'
      ? `link ${content}`
      : `${entry.mode & 0o100} ${content.toString('latin1')}`,
  ]);
  return Object.fromEntries(files);
}

describe('the text of a difference, applied by git', () => {
  const anyText = fc
    .tuple(
      fc.array(fc.constantFrom('one', 'two', '', 'drei\r', '+++ b', '-- a'), { maxLength: 8 }),
      fc.boolean(),
    )
    .map(([lines, ends]) => lines.join('\n') + (ends ? '\n' : ''));
  const anyBinary = fc.uint8Array({ minLength: 1, maxLength: 80 });
  const anyThing: fc.Arbitrary<Thing> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ text: anyText }) },
    { weight: 2, arbitrary: fc.record({ text: anyText, mode: fc.constant(0o755) }) },
    { weight: 2, arbitrary: fc.record({ text: anyBinary }) },
    { weight: 1, arbitrary: fc.record({ link: fc.constantFrom('x', 'y/z') }) },
  );
  const anyName = fc.oneof(
    { weight: 4, arbitrary: anyPath },
    { weight: 1, arbitrary: fc.constantFrom('with space', 'ü/"q"', 'tab\there', 'a b/c d') },
  );
  const settings = { maxKeys: 6, noNullPrototype: true } as const;
  const anyTree = fc.dictionary(anyName, anyThing, settings);
  const anyMoves = fc.array(fc.tuple(anyName, anyName), { maxLength: 3 });
  const anyEdit = fc.dictionary(anyName, fc.option(anyThing), settings);

  /** Moves what is at some paths, as far as both ends allow, so that there are renames. */
  function move(root: ObjectId, moves: readonly (readonly [string, string])[]): ObjectId {
    return moves.reduce((tree, [from, to]) => {
      const file = [...fixture.files(tree)].find(([path]) => path === from)?.[1];
      if (file === undefined || file.entry.kind !== 'file') return tree;
      const moved = { text: file.content, mode: file.entry.mode };
      return fixture.edit(tree, { [from]: null, [to]: moved });
    }, root);
  }

  it('turns the files of one tree into those of the other', () => {
    fc.assert(
      fc.property(
        anyTree,
        anyMoves,
        anyEdit,
        fc.boolean(),
        (things, moves, edits, detectRenames) => {
          const before = fixture.tree(things);
          const after = fixture.edit(move(before, moves), edits);
          const { text } = new DiffResult(fixture, before, after, { binary: true, detectRenames });
          const directory = mkdtempSync(join(tmpdir(), 'diff-result-'));
          try {
            checkOut(before, directory);
            if (text !== '') applyPatch(directory, text);
            expect(listDisk(directory)).toEqual(listTree(after));
          } finally {
            rmSync(directory, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
