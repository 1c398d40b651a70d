import { expect, it } from 'vitest';
import { positionsIn, readLines, splitKeyLine } from '../../src/config/toml-lines.ts';

const FILE = `# My settings.
[storage] # where it lies
cache_size_mb = 256   # half of the memory

  [profile.ci]
"core.max_workspaces" = 5
  'a=b' . c=[1, 2]
cache_size_mb = 5
`;

it('finds where keys and sections stand', () => {
  const positions = positionsIn(FILE);
  const positionOf = (...path: string[]): unknown => positions.get(JSON.stringify(path));
  expect(positionOf('storage')).toEqual({ line: 2, column: 1 });
  expect(positionOf('storage', 'cache_size_mb')).toEqual({ line: 3, column: 1 });
  expect(positionOf('profile', 'ci')).toEqual({ line: 5, column: 3 });
  expect(positionOf('profile', 'ci', 'core.max_workspaces')).toEqual({ line: 6, column: 1 });
  expect(positionOf('profile', 'ci', 'a=b', 'c')).toEqual({ line: 7, column: 3 });
  expect(positionOf('storage', 'backend')).toBeUndefined();
});

it('keeps the first place of a key', () => {
  expect(positionsIn('a = 1\na = 2').get('["a"]')).toEqual({ line: 1, column: 1 });
});

it.each([
  ['', 'other'],
  ['# a = 1', 'other'],
  ['= 1', 'other'],
  [' = 1', 'other'],
  ['a', 'other'],
  ['"a = 1', 'other'],
  ['a, b = 1', 'other'],
  ['[[a]]', 'other'],
  ['[a]', 'header'],
  ['a.b-c_d = 1', 'key'],
])('takes %j for %s', (line, kind) => {
  expect(readLines(line)[0]?.kind).toBe(kind);
});

it.each([
  ['a = 1 # c', ['a = ', '1', ' # c']],
  ['a="x # y"#c', ['a=', '"x # y"', '#c']],
  ["a = 'x\\' # c", ['a = ', "'x\\'", ' # c']],
  ['a = """x"""', ['a = ', '"""x"""', '']],
  ['a = "x', ['a = ', '"x', '']],
  ['a =', ['a =', '', '']],
  ['a = "x" + 1 # c', ['a = ', '"x" + 1', ' # c']],
])('splits %j at its value', (line, [start, value, end]) => {
  expect(splitKeyLine(line)).toEqual({ start, value, end });
});

// No clock here: a line that is read again and again would keep this file from ever ending.
it.each([
  ' ',
  '\t.',
  'a ',
  '""',
  '"',
  '\'"',
  '=',
  '# ',
  '[',
  '[a',
  'a="',
  '\\',
  '\u2028',
  'a = # \r',
])('reads a mebibyte of %j', (unit) => {
  const line = unit.repeat(2 ** 20 / unit.length);
  for (const text of [line, `a = ${line}`, `a = ${line}x`, `a = "${line}"`, `${line} = 1`]) {
    expect(positionsIn(text).size).toBeLessThan(3);
    const { start = '', value = '', end = '' } = splitKeyLine(text) ?? {};
    expect([0, text.length]).toContain(start.length + value.length + end.length);
  }
});
