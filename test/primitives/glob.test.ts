import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentFSError } from '../../src/primitives/errors.ts';
import { compileGlobs, compileSelection } from '../../src/primitives/glob.ts';
import { parsePath } from '../../src/primitives/path.ts';

const matches = (pattern: string, path: string): boolean =>
  compileGlobs([pattern], 'include')(parsePath(path));

describe('matching', () => {
  it.each([
    ['*.ts', 'a.ts'],
    ['*.ts', 'src/deep/a.ts'],
    ['*.ts', '.hidden.ts'],
    ['docs/*.md', 'docs/a.md'],
    ['/docs/*.md', 'docs/a.md'],
    ['./docs/*.md', 'docs/a.md'],
    ['/a.ts', 'a.ts'],
    ['docs', 'docs'],
    ['docs', 'docs/a/b.md'],
    ['docs', 'x/docs/a'],
    ['docs/', 'docs/a/b.md'],
    ['docs/**', 'docs/a/.b'],
    ['src/**/a', 'src/a'],
    ['src/**/a', 'src/x/y/a'],
    ['**', 'any/.thing'],
    ['**/*.ts', 'a.ts'],
    ['**a', 'x/ba'],
    ['*.{ts,js}', 'x/a.js'],
    ['{docs/a,b}', 'docs/a'],
    ['{docs/a,b}', 'x/b'],
    ['{a,}', 'a'],
    ['a{1..3}', 'a2'],
    ['a?c', 'abc'],
    ['[ab]', 'b'],
    ['\\{a,b\\}', '{a,b}'],
    ['\\*', '*'],
    ['!a', '!a'],
    ['#a', '#a'],
    ['+(a)', '+(a)'],
    ['app/(group)/*', 'app/(group)/page'],
    ['app/[slug]/page.tsx', 'app/[slug]/page.tsx'],
    ['app/[slug]/page.tsx', 'app/s/page.tsx'],
    ['/app/[slug]/', 'app/[slug]/page.tsx'],
    ['[...all]', 'pages/[...all]/index.ts'],
    ['[[...all]].ts', 'pages/[[...all]].ts'],
    ['{a,b}', '{a,b}'],
    ['a?', 'x/a?/b'],
    ['\\*', '\\*'],
  ])('%j takes %j', (pattern, path) => {
    expect(matches(pattern, path)).toBe(true);
  });

  it.each([
    ['/a.ts', 'src/a.ts'],
    ['docs/*.md', 'x/docs/a.md'],
    ['docs/*.md', 'docs/x/a.md'],
    ['docs', 'docs2/a'],
    ['{docs/a,b}', 'x/docs/a'],
    ['{a,}', 'b'],
    ['!a', 'b'],
    ['+(a)', 'aa'],
    ['\\*', 'a'],
    ['app/[slug]/page.tsx', 'x/app/[slug]/page.tsx'],
    ['[slug]', '[slug]s'],
    ['[...all]', 'all'],
    ['*', ''],
  ])('%j leaves %j', (pattern, path) => {
    expect(matches(pattern, path)).toBe(false);
  });

  it('takes what any of several patterns takes, and nothing without patterns', () => {
    const matcher = compileGlobs(['a', 'b/*'], 'include');
    expect(matcher(parsePath('x/a'))).toBe(true);
    expect(matcher(parsePath('b/c'))).toBe(true);
    expect(matcher(parsePath('c'))).toBe(false);
    expect(compileGlobs([], 'include')(parsePath('a'))).toBe(false);
  });

  it('selects everything unless told otherwise, and exclusion wins', () => {
    const all = compileSelection(undefined, undefined);
    const some = compileSelection(['src'], ['*.log']);
    expect(all(parsePath('a'))).toBe(true);
    expect(some(parsePath('src/a'))).toBe(true);
    expect(some(parsePath('src/a.log'))).toBe(false);
    expect(some(parsePath('a'))).toBe(false);
    expect(compileSelection([], undefined)(parsePath('a'))).toBe(false);
  });

  it('takes a name without special characters at any depth, and everything below it', () => {
    const plain = fc.stringMatching(/^[a-z0-9_.é%-]{1,8}$/).filter((text) => !/^\.+$/.test(text));
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 3 }), plain, plain, (parents, name, below) => {
        const path = [...parents, name].join('/');
        fc.pre(!/(^|\/)(\.git|\.agentfs)\.*(\/|$)/.test(`${path}/${below}`));
        expect(matches(name, path)).toBe(true);
        expect(matches(name, `${path}/${below}`)).toBe(true);
        expect(matches(`/${path}`, path)).toBe(true);
        expect(matches(path, `${path}x`)).toBe(false);
      }),
    );
  });
});

describe('refusing', () => {
  it.each([
    ['', 'is empty'],
    [' ', 'is empty'],
    ['/', 'is empty'],
    ['.', 'is empty'],
    ['{,}', 'is empty'],
    ['..', "'..'"],
    ['../a', "'..'"],
    ['a/../../b', "'..'"],
    ['{a,../b}', "'..'"],
    ['a\0', 'NUL'],
    ['\ud800', 'surrogate'],
    ['a'.repeat(1025), 'longer than 1024'],
    ['*a'.repeat(17), 'more than 16 wildcards'],
    ['{'.repeat(33), 'more than 32 braces'],
    ['['.repeat(33), 'more than 32 brackets'],
    ['{a,b}'.repeat(7), 'more than 64 alternatives'],
    ['{1..1000000000}', 'more than 64 alternatives'],
  ])('%j is an invalid pattern', (pattern, problem) => {
    const compile = (): unknown => compileGlobs(['ok', pattern], 'exclude');
    expect(compile).toThrow(AgentFSError);
    expect(compile).toThrow(expect.objectContaining({ code: 'INVALID_PATTERN' }));
    expect(compile).toThrow(`exclude[1] `);
    expect(compile).toThrow(problem);
  });

  it.each([[undefined], ['*.ts'], [5], [null], [[5]], [[null]], [[Object.create(null)]]])(
    '%o is no list of patterns',
    (patterns) => {
      const compile = (): unknown => Reflect.apply(compileGlobs, undefined, [patterns, 'include']);
      expect(compile).toThrow(TypeError);
      expect(compile).toThrow(/^include(\[0\])? must be/);
    },
  );

  it('more patterns or characters than anybody writes are too many', () => {
    expect(compileGlobs(Array(1000).fill('a'), 'include')(parsePath('a'))).toBe(true);
    expect(() => compileGlobs(Array(1001).fill('a'), 'include')).toThrow('too many patterns');
    const letters = 'a'.repeat(1024);
    const wildcards = '?'.repeat(1024);
    expect(compileGlobs(Array(64).fill(letters), 'include')(parsePath('a'))).toBe(false);
    expect(() => compileGlobs(Array(65).fill(letters), 'include')).toThrow('too many');
    expect(compileGlobs(Array(16).fill(wildcards), 'include')(parsePath('a'))).toBe(false);
    expect(() => compileGlobs(Array(17).fill(wildcards), 'include')).toThrow('too many');
    const expanded = `{a,b}{a,b}{a,b}{a,b}{a,b}/${'?'.repeat(600)}`;
    expect(() => compileGlobs([expanded], 'include')).toThrow('too many');
  });
});

// No clock here: a pattern that backtracks would keep this file from ever ending.
describe('hostile patterns', () => {
  const paths = [
    'a'.repeat(255),
    Array.from({ length: 2000 }, () => 'a').join('/'),
    Array.from({ length: 15 }, () => 'a'.repeat(255)).join('/'),
  ].map((path) => parsePath(path));

  it.each([
    '*a'.repeat(16),
    `${'*a'.repeat(15)}*b`,
    `${'**/a/'.repeat(16)}b`,
    `${'**/*a*/'.repeat(5)}b`,
    `${'*/'.repeat(16)}b`,
    '?'.repeat(1024),
    '[a-z]'.repeat(32),
    '[!b]'.repeat(32),
    `**/${'[!b]/'.repeat(30)}b`,
    '[[:alpha:]]'.repeat(16),
    `${'['.repeat(32)}${'a'.repeat(980)}*`,
    `${'?a[:[['.repeat(10)}${'a'.repeat(900)}{1..64}`,
    '[\\'.repeat(32),
    '(a+)+'.repeat(200),
    '+(a|aa)'.repeat(140),
    '@(a|@(a|@(a|@(a|@(a))))))',
    '{a,b}'.repeat(6),
    `${'{a,'.repeat(31)}b${'}'.repeat(31)}`,
    `${'{'.repeat(32)}a,b${'}'.repeat(32)}`,
    '}'.repeat(1024),
    '{,'.repeat(32),
    `{${','.repeat(1000)}}`,
    `{${'a,'.repeat(60)}a}/**/*`,
    '\\'.repeat(1023),
    '$&{a,b}$1',
  ])('%j is answered or refused', (pattern) => {
    let answers: boolean[];
    try {
      const matcher = compileGlobs([pattern], 'include');
      answers = paths.map(matcher);
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_PATTERN' });
      return;
    }
    expect(answers).toHaveLength(paths.length);
  });

  it('of any shape are answered or refused', () => {
    const part = fc.constantFrom('*', '**', '/', '{', '}', ',', '..', '[', ']', '!', '(', '|', ')');
    const text = fc.constantFrom('a', '?', '\\', '+', '@', '^', '-', '1', '{a,b}', '{1..9}', '.');
    const pattern = fc.string({ unit: fc.oneof(part, text), maxLength: 200 });
    fc.assert(
      fc.property(pattern, (hostile) => {
        try {
          const matcher = compileGlobs([hostile], 'include');
          expect(paths.map(matcher)).toHaveLength(paths.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_PATTERN' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are answered or refused when there are as many as may be', () => {
    for (const pattern of [`**/${'?/'.repeat(500)}b`, `**/?/${'[!b]/'.repeat(30)}b`, '**/?*/b']) {
      const many = Array(Math.min(1000, Math.floor(16_384 / pattern.length))).fill(pattern);
      expect(paths.map(compileGlobs(many, 'include'))).toEqual([false, false, false]);
    }
  });
});
