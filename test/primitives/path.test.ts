import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidPathError } from '../../src/primitives/errors.ts';
import {
  baseName,
  compareNames,
  isReservedName,
  isWithin,
  joinPath,
  nameProblem,
  parentPath,
  parsePath,
  pathParts,
  ROOT,
  STAGE_PREFIX,
} from '../../src/primitives/path.ts';

/** Names with the characters that matter to orders, encodings and file systems. */
const name = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'B', '.', ' ', '~', '1', 'é', 'e\u0301', '%', '_', '\\', '\u{1f600}'),
    fc.constantFrom('\ue000', '\uffff', '\ufb01', '\u{10000}', '\u{10ffff}', '\u007f', '\u0080'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 12,
});
const storableName = name.filter((text) => nameProblem(text) === undefined);

describe('parsePath', () => {
  it.each([
    ['src/a', 'src/a'],
    ['/src/a', 'src/a'],
    ['//src///a//', 'src/a'],
    ['src/./x/../a', 'src/a'],
    ['', ''],
    ['/', ''],
    ['.', ''],
    ['./', ''],
    ['a/..', ''],
    ['a\\b', 'a\\b'],
    ['...', '...'],
    ['.../..', ''],
    [' ', ' '],
    ['CON', 'CON'],
    ['name.', 'name.'],
    ['a\nb\u202e', 'a\nb\u202e'],
    ['e\u0301', 'e\u0301'],
    ['%_*?"\'$;', '%_*?"\'$;'],
    ['__proto__', '__proto__'],
    ['.gitignore', '.gitignore'],
  ])('takes %j as %j', (input, path) => {
    expect(parsePath(input)).toBe(path);
  });

  it.each([
    ['..', 'leads above'],
    ['/..', 'leads above'],
    ['../a', 'leads above'],
    ['a/../..', 'leads above'],
    ['a/../../a', 'leads above'],
    ['a\0b', 'NUL'],
    ['\0', 'NUL'],
    ['a/\ud800', 'surrogate'],
    ['\udc00/a', 'surrogate'],
    ['.git', 'reserved'],
    ['.git/config', 'reserved'],
    ['a/.GIT/hooks/x', 'reserved'],
    ['.agentfs/agentfs.db', 'reserved'],
    // Before `..` takes the component away: it must not have been walked through either.
    ['.git/../a', 'reserved'],
    [`${'a'.repeat(256)}`, 'longer than 255 bytes'],
    ['é'.repeat(128), 'longer than 255 bytes'],
    [Array.from({ length: 2049 }, () => 'a').join('/'), 'longer than 4096 bytes'],
  ])('refuses %j', (input, problem) => {
    expect(() => parsePath(input)).toThrow(InvalidPathError);
    expect(() => parsePath(input)).toThrow(problem);
  });

  it.each([[undefined], [null], [5], [Buffer.from('a')], [['a']], [{ toString: () => 'a' }]])(
    'refuses %o, which is no string',
    (input) => {
      expect(() => parsePath(input, 'src')).toThrow(TypeError);
      expect(() => parsePath(input, 'src')).toThrow(/^src must be a string/);
    },
  );

  it('takes names of 255 bytes and paths of 4,096 bytes', () => {
    const longest = ['a'.repeat(255), `${'é'.repeat(127)}a`].join('/');
    expect(parsePath(longest)).toBe(longest);
    const deepest = `${'a/'.repeat(2047)}aa`;
    expect(Buffer.byteLength(deepest)).toBe(4096);
    expect(parsePath(deepest)).toBe(deepest);
  });

  it('quotes only the beginning of a long path', () => {
    expect(() => parsePath('a'.repeat(100_000))).toThrow(/^.{0,400}$/);
  });

  it('changes nothing that it has made, and makes only components that a tree can hold', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(name, fc.constantFrom('', '.', '..', '/'))), (parts) => {
        let path: string;
        try {
          path = parsePath(parts.join('/'));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidPathError);
          return;
        }
        expect(parsePath(path)).toBe(path);
        for (const part of pathParts(parsePath(path))) expect(nameProblem(part)).toBeUndefined();
      }),
    );
  });
});

describe('reserved names', () => {
  it.each([
    '.git',
    '.GIT',
    '.Git',
    '.git.',
    '.git ',
    '.git . .',
    '.git::$INDEX_ALLOCATION',
    '.git:stream',
    '.git . ::$INDEX_ALLOCATION:$I30',
    'git~1',
    'GIT~1',
    'git~1.',
    'git~1 . . . . . . ::$INDEX_ALLOCATION',
    'git~4',
    '.g\u200cit',
    '.git\u200c',
    '\ufeff.git',
    `.g${'\u200d'.repeat(60)}it`,
    '.\u202eGiT\u206f',
    '.agentfs',
    '.AgentFS',
    '.agentfs.',
    '.agentfs ',
    '.agentfs::$INDEX_ALLOCATION',
    'agentf~1',
    'AGENTF~2',
    '.agent\u200cfs',
    '.agentf\u017f',
    `${STAGE_PREFIX}1`,
    `${STAGE_PREFIX.toUpperCase()}1`,
    `${STAGE_PREFIX}${'a'.repeat(64)}`,
  ])('are %j', (reserved) => {
    expect(isReservedName(reserved)).toBe(true);
    // Again: a regular expression that remembers where it stopped would answer otherwise.
    expect(isReservedName(reserved)).toBe(true);
    expect(nameProblem(reserved)).toContain('reserved');
  });

  it.each([
    '.gitignore',
    '.gitattributes',
    '.github',
    '.gitmodules',
    'git',
    'a.git',
    'git~',
    'git~x',
    'git~11',
    '.agentfsignore',
    'agentfs',
    'agentfs.db',
    '.agentfs-stage',
    '.agent',
    ' .git',
    '-.git',
    'gi\u0307t',
    `.git${'x'.repeat(100)}`,
    `.${'\u200c'.repeat(30)}`,
  ])('are not %j', (free) => {
    expect(isReservedName(free)).toBe(false);
    expect(isReservedName(free)).toBe(false);
  });

  it('stay reserved in any case, with ignored characters anywhere and with dots behind', () => {
    const ignored = fc.constantFrom('', '\u200c', '\u200f', '\u202a', '\u206f', '\ufeff');
    const letters = fc
      .constantFrom('.git', '.agentfs')
      .chain((word) =>
        fc.tuple(
          ...Array.from(word, (letter) =>
            fc.tuple(ignored, fc.constantFrom(letter, letter.toUpperCase())),
          ),
        ),
      );
    const tail = fc.string({ unit: fc.constantFrom('.', ' ') });
    fc.assert(
      fc.property(letters, ignored, tail, (parts, last, dots) => {
        expect(isReservedName(parts.flat().join('') + last + dots)).toBe(true);
      }),
    );
  });
});

describe('nameProblem', () => {
  it.each(['', '.', '..', 'a/b', '/', 'a\0', '\udfff', 'x'.repeat(256)])('refuses %j', (bad) => {
    expect(nameProblem(bad)).toBeTypeOf('string');
  });
});

describe('compareNames', () => {
  it('orders as the UTF-8 bytes do', () => {
    fc.assert(
      fc.property(name, name, (left, right) => {
        fc.pre(left.isWellFormed() && right.isWellFormed());
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(Math.sign(compareNames(left, right))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('puts the supplementary planes last, unlike the order of UTF-16', () => {
    expect(['\u{10000}', '\uffff', '\ue000', '\ud7ff'].sort(compareNames)).toEqual([
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
    ]);
  });
});

describe('parts of a path', () => {
  it('fit together again', () => {
    fc.assert(
      fc.property(fc.array(storableName, { minLength: 1, maxLength: 5 }), (names) => {
        const path = parsePath(names.join('/'));
        expect(pathParts(path)).toEqual(names);
        expect(joinPath(parentPath(path), baseName(path))).toBe(path);
        expect(isWithin(path, parentPath(path))).toBe(true);
        expect(isWithin(path, path)).toBe(true);
        expect(isWithin(path, ROOT)).toBe(true);
        expect(isWithin(joinPath(path, 'x'), path)).toBe(true);
      }),
    );
  });

  it('of the root are none', () => {
    expect(pathParts(ROOT)).toEqual([]);
    expect(baseName(ROOT)).toBe('');
    expect(parentPath(ROOT)).toBe(ROOT);
    expect(parentPath(parsePath('a'))).toBe(ROOT);
  });

  it('count as within a directory only below a slash', () => {
    expect(isWithin(parsePath('ab'), parsePath('a'))).toBe(false);
    expect(isWithin(parsePath('a'), parsePath('a/b'))).toBe(false);
    expect(isWithin(parsePath('a_b/c'), parsePath('axb'))).toBe(false);
  });
});
