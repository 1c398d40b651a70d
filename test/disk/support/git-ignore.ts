/** git's own answers about what is ignored, for many trees at once. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { IgnoreRules } from '../../../src/disk/ignore-rules.ts';
import { parsePath } from '../../../src/primitives/path.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A tree, and the rule files in it. */
export interface IgnoreCase {
  /** The content of each rule file, by its path. */
  readonly rules: Readonly<Record<string, Uint8Array | string>>;
  /** What is asked for; a path that ends with a slash is a directory. */
  readonly paths: readonly string[];
}

/** The ignored ones among the paths of each case, as git says: one process for all of them. */
export function ignoredByGit(cases: readonly IgnoreCase[]): string[][] {
  const root = temporaryDirectory();
  const env = { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', ['init', '-q', '.'], { cwd: root, env });
  const asked: string[] = [];
  for (const [number, { rules, paths }] of cases.entries()) {
    const top = join(root, String(number));
    mkdirSync(top);
    for (const path of paths) {
      if (path.endsWith('/')) mkdirSync(join(top, path), { recursive: true });
      asked.push(`${number}/${path.replace(/\/$/, '')}\0`);
    }
    for (const [path, content] of Object.entries(rules)) writeFileSync(join(top, path), content);
  }
  const args = ['check-ignore', '--no-index', '--stdin', '-z', '-v', '-n'];
  const input = asked.join('');
  const answers = answersOf(execFileSync('git', args, { cwd: root, env, input, maxBuffer: 1e9 }));
  return cases.map(({ paths }) => paths.filter(() => answers.next().value === true));
}

/** Whether each path is ignored, from the four fields that git gives for it. */
function* answersOf(output: Buffer): Generator<boolean> {
  const fields = output.toString('latin1').split('\0');
  for (let i = 0; i + 3 < fields.length; i += 4) {
    yield fields[i] !== '' && fields[i + 2]?.startsWith('!') === false;
  }
}

/** The ignored ones among the paths, as our rules say. */
export function ignoredByRules({ rules, paths }: IgnoreCase): string[] {
  const ours = new IgnoreRules((path) => {
    const content = rules[path];
    return content === undefined ? undefined : Buffer.from(content);
  });
  return paths.filter((path) => ours.ignores(parsePath(path), path.endsWith('/')));
}

const words = (text: string): string[] => text.trim().split(/\s+/);

const NAMES = words('a b c ab abc bc é aé 日 .a a.b A - 1');
const ODD_NAMES = [...words(String.raw`* [ ] [a] \ a\ #a !a ?`), 'a ', ' ', 'a\r', 'a\t', '\n'];

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_NAMES) },
);

const files = fc.array(fc.array(name, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 8,
});

/** Files at the top and in `d`, with the directories above them. */
const tree = fc.tuple(files, files).map(([top, inD]) => {
  const leaves = [...top, ...inD.map((parts) => ['d', ...parts])];
  const directories = new Set(['d/']);
  for (const parts of leaves) {
    for (let length = 1; length < parts.length; length++) {
      directories.add(`${parts.slice(0, length).join('/')}/`);
    }
  }
  const isFile = (path: string): boolean => !directories.has(`${path}/`);
  return [...directories, ...new Set(leaves.map((parts) => parts.join('/')).filter(isFile))];
});

const GLUE = ['/', '/', '/', '', '**', '*', '\\/', '//'];
const PARTS = [
  ...words('a b c ab é 日 .a * * ** ** *** ? ?? *a a* *b* **a a** a**b a*b*c d /a # ! -'),
  ...words('[ab] [!a] [^b] [a-c] []a] [!]] [a-] [-a] [c-a] [[:alpha:]] [![:upper:]] [[a]'),
  ...words(
    String.raw`[[:digit:]a] [[:x:]] [[:alpha] [\]] [a/b] [[: [a-\c] [\a-c] [ ] [a \a \* \[ \\`,
  ),
  ...words(String.raw`\ \# \!`),
  ...[' ', '\\ ', '\t', '\0', '[\xc3]', '[\xc3\xa9]', '[\x80-\xff]'],
];
const SIGNS = [...words(String.raw`/ ! * ? [ ] \ - ^ a b # :`), ' ', '\r', '\xa9'];

const body = fc
  .array(fc.tuple(fc.constantFrom(...PARTS), fc.constantFrom(...GLUE)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((pieces) => pieces.flat().slice(0, -1).join(''));
const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '', '', '!', '!', '/', '!/', '#', '**/', '\\'),
        body,
        fc.constantFrom('', '', '', '/', '/', '/**', '/*', ' ', '  ', '\\ ', '\r', ' \r', '\t'),
      )
      .map((pieces) => pieces.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...SIGNS), maxLength: 8 }) },
);

/** In most places each character is a byte, so that there is also what is no text. */
const content = fc
  .tuple(fc.constantFrom('', '', '', '', '\u00ef\u00bb\u00bf'), fc.array(line, { maxLength: 6 }))
  .chain(([mark, lines]) =>
    fc.constantFrom('\n', '\n', '\n', '\r\n').map((end) => mark + lines.join(end)),
  )
  .map((text) =>
    Buffer.concat(
      [...text].map((sign) => Buffer.from(sign, sign > '\xff' || sign === 'é' ? 'utf8' : 'latin1')),
    ),
  );

/** A random tree with rules of all kinds at its root and, often, in its directory `d`. */
const hostileCase: fc.Arbitrary<IgnoreCase> = fc.record({
  rules: fc.record(
    { '.gitignore': content, 'd/.gitignore': content },
    { requiredKeys: ['.gitignore'] },
  ),
  paths: tree,
});

const fewNames = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });
const fewSigns = fc.constantFrom('a', 'b', '*', '?', '/', '**/', '/**', '[ab]', '[^a]');

/** Stars above all, with names so alike that most patterns match something. */
const starryCase: fc.Arbitrary<IgnoreCase> = fc.record({
  rules: fc.record({
    '.gitignore': fc
      .array(fc.tuple(fc.constantFrom('', '', '!'), fc.array(fewSigns, { maxLength: 9 })), {
        maxLength: 3,
      })
      .map((patterns) => patterns.map(([mark, signs]) => mark + signs.join('')).join('\n')),
  }),
  paths: fc
    .array(fc.array(fewNames, { minLength: 1, maxLength: 6 }), { maxLength: 8 })
    .map((paths) => paths.map((parts) => parts.join('/'))),
});

/** A random tree with random rules. */
const ignoreCase: fc.Arbitrary<IgnoreCase> = fc.oneof(hostileCase, starryCase);

/** Compares our answers for random trees with git's; says the seed when they differ. */
export function compareWithGit(
  count: number,
  seed: number = Math.trunc(Math.random() * 2 ** 31),
): number {
  const cases = fc.sample(ignoreCase, { numRuns: count, seed });
  const byGit = ignoredByGit(cases);
  for (const [i, each] of cases.entries()) {
    const text = JSON.stringify(each, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    expect(ignoredByRules(each), `seed ${seed}, ${text}`).toEqual(byGit[i]);
  }
  return cases.reduce((sum, { paths }) => sum + paths.length, 0);
}
