import fc from 'fast-check';
import { parse } from 'smol-toml';
import { expect, it } from 'vitest';
import { editToml } from '../../src/config/edit-toml.ts';
import { type Leaf, leavesOf, nest } from '../../src/config/nested.ts';

const FILE = `# My settings.
[storage] # where it lies
cache_size_mb = 256   # half of the memory
compression = true

# Only for tests.
[profile.ci]
"core.max_workspaces" = 5
`;

/** The leaves of the file with some set anew, or with undefined removed. */
function changed(text: string, changes: Readonly<Record<string, unknown>>): Leaf[] {
  const kept = [...leavesOf(parse(text))].filter(({ path }) => !(path.join('.') in changes));
  const added = Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ path: key.split('.'), value }));
  return [...kept, ...added];
}

const byPath = (leaves: readonly Leaf[]): Leaf[] =>
  [...leaves].sort((left, right) => (String(left.path) < String(right.path) ? -1 : 1));

const edit = (text: string, changes: Readonly<Record<string, unknown>>): string =>
  editToml(text, changed(text, changes));

it('changes one value and nothing else', () => {
  expect(edit(FILE, { 'storage.cache_size_mb': 64 })).toBe(
    FILE.replace('= 256   # half', '= 64   # half'),
  );
  expect(edit(FILE, {})).toBe(FILE);
});

it('adds a key to its section, and a section at the end', () => {
  expect(edit(FILE, { 'storage.backend': 'memory' })).toBe(
    FILE.replace('compression = true\n', 'compression = true\nbackend = "memory"\n'),
  );
  expect(edit(FILE, { 'ui.pager': 'more' })).toBe(`${FILE}\n[ui]\npager = "more"\n`);
  expect(edit('', { 'ui.pager': 'more' })).toBe('[ui]\npager = "more"\n');
});

it('removes a key with its line', () => {
  expect(edit(FILE, { 'storage.compression': undefined })).toBe(
    FILE.replace('compression = true\n', ''),
  );
});

it('keeps a value with a hash sign, and the comment behind one', () => {
  const text = '[ui]\npager = "less #1" # mine\n';
  expect(edit(text, { 'ui.pager': 'more #2' })).toBe('[ui]\npager = "more #2" # mine\n');
});

it('writes all anew where lines are not enough, and loses no value', () => {
  const text = '[ignore]\npatterns = [\n  "a", # first\n  "b",\n]\n[ui]\npager = """\nx"""\n';
  expect(parse(edit(text, { 'ignore.patterns': ['c'] }))).toEqual({
    ignore: { patterns: ['c'] },
    ui: { pager: 'x' },
  });
});

it('holds exactly the wanted values, whatever the file was', () => {
  const name = fc.constantFrom('a', 'b', 'a b', 'ä', '"', '#', '=', '[x]', '.', '');
  const value = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.string()));
  const leaf = fc.record({ path: fc.array(name, { minLength: 1, maxLength: 3 }), value });
  const leaves = fc.array(leaf, { maxLength: 6 });
  fc.assert(
    fc.property(leaves, leaves, (before, after) => {
      const text = editToml('', [...leavesOf(nest(before))]);
      const wanted = [...leavesOf(nest(after))];
      expect(byPath([...leavesOf(parse(editToml(text, wanted)))])).toEqual(byPath(wanted));
    }),
  );
});

it.each([
  ['a = "x#y" # c', 'a = 1 # c'],
  ["'a=b' = 'x' # c", "'a=b' = 1 # c"],
  ['a = "x\\"#" # c', 'a = 1 # c'],
  ['a = ["x", "y"]  # c', 'a = 1  # c'],
  ['a = 5\r\n', 'a = 1\r\n'],
  ['  a  =  5', '  a  =  1'],
])('replaces the value in %j', (line, expected) => {
  const name = line.includes('a=b') ? 'a=b' : 'a';
  expect(editToml(line, [{ path: [name], value: 1 }])).toBe(expected);
});
