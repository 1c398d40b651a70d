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
import { parsePath } from '../../src/primitives/path.ts';
import {
  type DiffSide,
  type FileDiff,
  formatFileDiff,
  joinFileDiffs,
} from '../../src/snapshot/unified-diff.ts';

/** What a directory holds: `<git mode> <content in latin1>` by path. */
type Files = Record<string, string>;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'unified-diff-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function git(args: string[], input = ''): string {
  return execFileSync('git', args, {
    cwd: directory,
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
}

function file(content: string | Uint8Array, mode = 0o644): DiffSide {
  return { kind: 'file', mode, content: Buffer.from(content) };
}

function link(target: string): DiffSide {
  return { kind: 'symlink', mode: 0o777, content: Buffer.from(target) };
}

function put(path: string, side: DiffSide): void {
  const target = join(directory, path);
  mkdirSync(dirname(target), { recursive: true });
  if (side.kind === 'symlink') {
    symlinkSync(Buffer.from(side.content), target);
  } else {
    writeFileSync(target, side.content);
    chmodSync(target, side.mode);
  }
}

function describeSide(side: DiffSide): string {
  const mode = (side.mode & 0o100) === 0 ? 'plain' : 'executable';
  return `${side.kind === 'file' ? mode : 'link'} ${Buffer.from(side.content).toString('latin1')}`;
}

function listFiles(): Files {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const found: Files = {};
  for (const name of names.filter((path) => !path.startsWith('.git'))) {
    const path = join(directory, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) continue;
    found[name] = describeSide(
      stats.isSymbolicLink()
        ? { kind: 'symlink', mode: 0o777, content: readlinkSync(path, 'buffer') }
        : { kind: 'file', mode: stats.mode, content: readFileSync(path) },
    );
  }
  return found;
}

interface Change {
  readonly path: string;
  readonly before?: DiffSide;
  readonly after?: DiffSide;
  readonly from?: string;
}

interface Options {
  readonly context?: number;
  readonly binary?: boolean;
}

function format(change: Change, options: Options = {}): FileDiff {
  const { path, before, after, from } = change;
  const rename = from === undefined ? undefined : { from: parsePath(from), similarity: 50 };
  return formatFileDiff({ path: parsePath(path), before, after, rename, ...options });
}

/** Applies the patch of all changes with git, forward and back, and compares the directory. */
function expectApplies(changes: readonly Change[], options: Options = {}): FileDiff[] {
  const before: Files = {};
  const after: Files = {};
  for (const change of changes) {
    if (change.before !== undefined) {
      put(change.from ?? change.path, change.before);
      before[change.from ?? change.path] = describeSide(change.before);
    }
    if (change.after !== undefined) after[change.path] = describeSide(change.after);
  }
  git(['init', '-q']);
  const diffs = changes.map((change) => format(change, options));
  const patch = joinFileDiffs(diffs);
  const flags = options.context === 0 ? ['--unidiff-zero'] : [];
  git(['apply', '--whitespace=nowarn', ...flags], patch);
  expect(listFiles()).toEqual(after);
  git(['apply', '--whitespace=nowarn', '-R', ...flags], patch);
  expect(listFiles()).toEqual(before);
  return diffs;
}

const NUMBERS = Array.from({ length: 40 }, (_, index) => `line ${index}\n`);

function edited(...places: number[]): string {
  return NUMBERS.map((line, index) => (places.includes(index) ? `new ${index}\n` : line)).join('');
}

describe('formatFileDiff', () => {
  it('writes what git writes for an edit', () => {
    const diff = format({ path: 'src/a.ts', before: file('a\nb\nc\n'), after: file('a\nx\nc') });
    expect(diff).toEqual({
      path: 'src/a.ts',
      linesAdded: 2,
      linesRemoved: 2,
      binary: false,
      tooLarge: false,
      text: [
        'diff --git a/src/a.ts b/src/a.ts',
        'index de98044..98d5083 100644',
        '--- a/src/a.ts',
        '+++ b/src/a.ts',
        '@@ -1,3 +1,3 @@',
        ' a',
        '-b',
        '-c',
        '+x',
        '+c',
        '\\ No newline at end of file',
        '',
      ].join('\n'),
    });
  });

  it.each([0, 1, 3, 10])(
    'prints byte for byte what git diff prints, with %i lines of context',
    (context) => {
      const pairs: [string, string][] = [
        [NUMBERS.join(''), edited(0, 7, 8, 20, 39)],
        [NUMBERS.join(''), edited(10, 14, 18).slice(0, -1)],
        [
          'int main()\n{\n  a;\n  b;\n  c;\n  d;\n}\n',
          'int main()\n{\n  a;\n  b;\n  c;\n  D;\n}\n',
        ],
        ['', 'a\n'],
        ['a', ''],
        ['a\r\nb\r\n', 'a\r\nb\n'],
        ['x\n', 'x\nx\nx\n'],
      ];
      git(['init', '-q']);
      git(['config', 'diff.indentHeuristic', 'false']);
      for (const [index, [before]] of pairs.entries()) put(`f ${index}`, file(before));
      git(['add', '.']);
      for (const [index, [, after]] of pairs.entries()) put(`f ${index}`, file(after));
      const ours = pairs.map(([before, after], index) =>
        format({ path: `f ${index}`, before: file(before), after: file(after) }, { context }),
      );
      expect(joinFileDiffs(ours)).toBe(git(['diff', '--no-color', `-U${context}`]));
    },
  );

  it('applies: added, deleted and emptied files, with content and without', () => {
    const diffs = expectApplies([
      { path: 'added', after: file('a\nb\n') },
      { path: 'added-empty', after: file('') },
      { path: 'added-executable', after: file('#!/bin/sh\n', 0o755) },
      { path: 'deleted', before: file('a\nb') },
      { path: 'deleted-empty', before: file('') },
      { path: 'filled', before: file(''), after: file('x') },
      { path: 'emptied', before: file('x\n'), after: file('') },
    ]);
    expect(diffs[0]?.text).toContain(
      'new file mode 100644\nindex 0000000..422c2b7\n--- /dev/null\n',
    );
    expect(diffs[1]?.text).toMatch(/index 0000000\.\.e69de29\n$/);
    expect(diffs[3]).toMatchObject({ linesAdded: 0, linesRemoved: 2 });
  });

  it('applies: renames and changed modes, pure and with edits', () => {
    const diffs = expectApplies([
      { path: 'new/pure', from: 'old/pure', before: file('same\n'), after: file('same\n') },
      { path: 'b', from: 'a', before: file(NUMBERS.join('')), after: file(edited(3)) },
      { path: 'd', from: 'c', before: file('x\n'), after: file('y\n', 0o755) },
      { path: 'mode', before: file('m\n'), after: file('m\n', 0o755) },
      { path: 'mode-edit', before: file('m\n', 0o755), after: file('n\n') },
    ]);
    expect(diffs[0]?.text).toBe(
      'diff --git a/old/pure b/new/pure\nsimilarity index 50%\n' +
        'rename from old/pure\nrename to new/pure\n',
    );
    expect(diffs[3]?.text).toBe('diff --git a/mode b/mode\nold mode 100644\nnew mode 100755\n');
  });

  it('applies: a missing last newline on either side or both, and carriage returns', () => {
    expectApplies([
      { path: 'gone', before: file('a\nb\n'), after: file('a\nb') },
      { path: 'come', before: file('a\nb'), after: file('a\nb\n') },
      { path: 'both', before: file('a\nb'), after: file('x\nb') },
      { path: 'both-last', before: file('a\nb'), after: file('a\nc') },
      { path: 'crlf', before: file('a\r\nb\r\nc\r\n'), after: file('a\r\nx\r\nc') },
      { path: 'to-lf', before: file('a\r\nb\r\n'), after: file('a\nb\n') },
      { path: 'lone-cr', before: file('a\rb'), after: file('a\rc\r') },
      { path: 'bom', before: file('\ufeffa\n'), after: file('\ufeffb\n') },
    ]);
  });

  it('applies: names with spaces, quotes, backslashes, control characters and any script', () => {
    const names = [
      'a b',
      ' lead',
      'trail ',
      'q"uote',
      'b\\s',
      't\tab',
      'n\new',
      'é/日本 \u{1f600}',
      '\x7f',
    ];
    const [one, two] = [file('1\n'), file('2\n')];
    expectApplies([
      ...names.map((path) => ({ path, before: one, after: two })),
      ...names.map((path) => ({ path: `added/${path}`, after: one })),
      ...names.map((path) => ({
        path: `to/${path}`,
        from: `from/${path}`,
        before: one,
        after: one,
      })),
    ]);
  });

  it('applies: links added, pointed elsewhere and deleted, and links and files exchanged', () => {
    const diffs = expectApplies([
      { path: 'added', after: link('target') },
      { path: 'moved', before: link('one'), after: link('two two') },
      { path: 'deleted', before: link('é') },
      { path: 'to-link', before: file('content\n'), after: link('content') },
      { path: 'to-file', before: link('content'), after: file('content\n', 0o755) },
    ]);
    expect(diffs[3]?.text).toMatch(
      /^diff [\s\S]*deleted file mode 100644[\s\S]*new file mode 120000/,
    );
    expect(diffs[3]).toMatchObject({ linesAdded: 1, linesRemoved: 1 });
  });

  it('applies: binary content as a binary patch, with edits, modes and renames', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, index) => (index * index * 31) >> 3);
    const other = bytes.toReversed();
    const diffs = expectApplies(
      [
        { path: 'changed', before: file(bytes), after: file(other) },
        { path: 'added', after: file(bytes) },
        { path: 'deleted', before: file(Uint8Array.of(0)) },
        { path: 'to-text', before: file(bytes, 0o755), after: file('text\n') },
        { path: 'new name', from: 'old name', before: file(bytes), after: file(other) },
        {
          path: 'latin1',
          before: file(Uint8Array.of(0xe9, 10)),
          after: file(Uint8Array.of(0xe8, 10)),
        },
        { path: 'empty', before: file(Uint8Array.of(0)), after: file('') },
      ],
      { binary: true },
    );
    expect(diffs[0]).toMatchObject({ binary: true, linesAdded: 0, linesRemoved: 0 });
  });

  it('names binary files that it does not dump, and git refuses to skip them', () => {
    const before = file(Uint8Array.of(0, 1));
    const diff = format({ path: 'a b', before, after: file(Uint8Array.of(0, 2)) });
    expect(diff.text).toMatch(/\nBinary files a\/a b and b\/a b differ\n$/);
    expect(diff.binary).toBe(true);
    put('a b', before);
    git(['init', '-q']);
    expect(() => git(['apply'], diff.text)).toThrow(/without full index/);
    expect(format({ path: 'x', after: before }).text).toMatch(
      /\nBinary files \/dev\/null and b\/x differ\n$/,
    );
  });

  it('names text too large for a line diff, and writes it as a binary patch on request', () => {
    const change = {
      path: 'large',
      before: file('a\n'.repeat(30_000)),
      after: file('b\n'.repeat(30_000)),
    };
    const diff = format(change);
    expect(diff.text).toMatch(
      /\nFiles a\/large and b\/large, too large for a line diff, differ\n$/,
    );
    expect(diff).toMatchObject({ binary: false, tooLarge: true, linesAdded: 0, linesRemoved: 0 });
    expectApplies([change], { binary: true });
    put('large', change.before);
    expect(() => git(['apply'], diff.text)).toThrow(/without full index/);
  });

  it('says nothing where git sees no difference', () => {
    const diff = format({ path: 'a', before: file('a', 0o644), after: file('a', 0o600) });
    expect(diff.text).toBe('');
    expect(
      format({ path: 'a', before: file(Uint8Array.of(0)), after: file(Uint8Array.of(0)) }).text,
    ).toBe('');
  });

  it.each([0, 1, 3, 10])('applies to random edits with %i lines of context', (context) => {
    const line = fc.constantFrom(
      'a\n',
      'b\n',
      'c\n',
      '\n',
      'd\r\n',
      'é\n',
      '--- x\n',
      '+++ y\n',
      '@@\n',
    );
    const text = fc
      .tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom('', 'end', '\\'))
      .map(([lines, last]) => lines.join('') + last);
    const edits = fc.array(fc.tuple(fc.nat(40), fc.nat(3), fc.array(line, { maxLength: 3 })));
    const pair = fc.tuple(text, edits).map(([before, changes]) => {
      const lines = before.split(/(?<=\n)/);
      for (const [at, count, added] of changes) lines.splice(at, count, ...added);
      return { before: file(before), after: file(lines.join('')) };
    });
    // Many files a run: a process each would be slow.
    const run = fc.property(fc.array(pair, { minLength: 50, maxLength: 50 }), (pairs) => {
      expectApplies(
        pairs.map((sides, index) => ({ path: `${index}`, ...sides })),
        { context },
      );
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
    });
    fc.assert(run, { numRuns: 4, endOnFailure: true });
  });
});
