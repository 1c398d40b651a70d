/** The rules of what is not versioned, compared with git's own answers where git has one. */

import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IgnoreRules, ruleFilesIn } from '../../src/disk/ignore-rules.ts';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { compareWithGit } from './support/git-ignore.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

type Rules = Readonly<Record<string, string>>;

/** Rules from a table of rule files; a path that ends with a slash is a directory. */
function rulesOf(files: Rules, patterns: readonly string[] = []): (path: string) => boolean {
  const rules = new IgnoreRules((path) => bytesOf(files[path]), patterns);
  return (path) => rules.ignores(parsePath(path), path.endsWith('/'));
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}

describe('ignore rules', () => {
  it('ignore node_modules at any depth, and only as a directory', () => {
    const ignores = rulesOf({});
    expect(ignores('node_modules/')).toBe(true);
    expect(ignores('packages/a/node_modules/')).toBe(true);
    expect(ignores('node_modules/x/y')).toBe(true);
    expect(ignores('node_modules')).toBe(false);
    expect(ignores('src/a.ts')).toBe(false);
    expect(ignores('')).toBe(false);
  });

  it('let a rule file bring node_modules back', () => {
    const ignores = rulesOf({ '.gitignore': '!node_modules/' });
    expect(ignores('node_modules/')).toBe(false);
    expect(ignores('node_modules/x')).toBe(false);
  });

  it('let a rule take something back that is in node_modules, and leave the rest ignored', () => {
    const star = rulesOf({ '.gitignore': 'node_modules/*\n!node_modules/own' });
    const bare = rulesOf({ '.gitignore': '!/node_modules/own/' });
    const deep = rulesOf({ '.gitignore': '!node_modules/@a/own\n!**/b/node_modules/own' });
    for (const ignores of [star, bare]) {
      expect(ignores('node_modules/')).toBe(false);
      expect(ignores('node_modules/own/')).toBe(false);
      expect(ignores('node_modules/own/lib/x')).toBe(false);
      expect(ignores('node_modules/own/node_modules/')).toBe(true);
      expect(ignores('node_modules/x')).toBe(true);
      expect(ignores('node_modules/other/')).toBe(true);
      expect(ignores('node_modules/other/own')).toBe(true);
      expect(ignores('a/node_modules/')).toBe(true);
    }
    expect(deep('node_modules/@a/')).toBe(false);
    expect(deep('node_modules/@a/own')).toBe(false);
    expect(deep('node_modules/@a/x')).toBe(true);
    expect(deep('node_modules/@b/')).toBe(true);
    expect(deep('c/b/node_modules/own')).toBe(false);
    expect(deep('c/b/node_modules/x')).toBe(true);
    expect(deep('c/node_modules/')).toBe(true);
  });

  it('open node_modules for no rule that is not about it', () => {
    for (const rule of ['!own', '!*', '!*/own', '!**/own', '!a/node_modules', '!x/**', '!n*/own']) {
      const ignores = rulesOf({ '.gitignore': `*.log\n${rule}` }, ['!*.md']);
      expect(ignores('node_modules/') && ignores('x/node_modules/'), rule).toBe(
        rule !== '!*' && rule !== '!x/**',
      );
    }
  });

  it('let the deepest rule file that decides win', () => {
    const ignores = rulesOf({ '.gitignore': '*.log', 'keep/.gitignore': '!*.log' });
    expect(ignores('a.log')).toBe(true);
    expect(ignores('keep/a.log')).toBe(false);
    expect(ignores('keep/deep/a.log')).toBe(false);
  });

  it('read .agentfsignore after .gitignore of the same directory', () => {
    const ignores = rulesOf({ '.gitignore': 'a\n!b', '.agentfsignore': '!a\nb' });
    expect(ignores('a')).toBe(false);
    expect(ignores('b')).toBe(true);
  });

  it('re-include nothing inside an ignored directory', () => {
    const ignores = rulesOf({ '.gitignore': 'out/\n!out/keep', 'out/.gitignore': '!*' });
    expect(ignores('out/keep')).toBe(true);
    expect(ignores('out/deep/')).toBe(true);
  });

  it('look into a directory that a deeper rule file took back', () => {
    const ignores = rulesOf({ '.gitignore': 'build/\n*.o', 'pkg/.gitignore': '!build/' });
    expect(ignores('pkg/build/')).toBe(false);
    expect(ignores('pkg/build/main.ts')).toBe(false);
    expect(ignores('pkg/build/main.o')).toBe(true);
    expect(ignores('pkg/build/build/')).toBe(false);
    expect(ignores('build/')).toBe(true);
  });

  it('take back a directory whose name is a pattern', () => {
    const ignores = rulesOf({ '.gitignore': '/p/*/', 'p/.gitignore': '!\\[x\\]*/' });
    expect(ignores('p/[x]*/')).toBe(false);
    expect(ignores('p/[x]*/a')).toBe(false);
    expect(ignores('p/x/')).toBe(true);
  });

  it('anchor patterns with a slash to the directory of their file', () => {
    const ignores = rulesOf({ 'a/.gitignore': '/x\nb/y' });
    expect(ignores('a/x')).toBe(true);
    expect(ignores('a/b/x')).toBe(false);
    expect(ignores('a/b/y')).toBe(true);
    expect(ignores('b/y')).toBe(false);
  });

  it('put option patterns above every rule file', () => {
    const ignores = rulesOf({ '.gitignore': 'dist/\n!*.tmp' }, ['!dist/', '*.tmp']);
    expect(ignores('dist/')).toBe(false);
    expect(ignores('dist/a')).toBe(false);
    expect(ignores('a.tmp')).toBe(true);
  });

  it('tell upper from lower case', () => {
    expect(rulesOf({ '.gitignore': 'Build' })('build')).toBe(false);
  });

  it('take any text for rules without an error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        (text, name) => {
          const path = `d/${name.replace(/[/\0]/g, '_')}x`;
          const rules = new IgnoreRules((file) =>
            file === '.gitignore' ? Buffer.from(text) : undefined,
          );
          expect(rules.ignores(parsePath(path), true)).toBeTypeOf('boolean');
        },
      ),
    );
  });

  it('decide as git does, whatever they are', () => {
    expect(compareWithGit(300)).toBeGreaterThan(2000);
  });
});

describe('the cost of rules', () => {
  const megabyte = (line: string): string => line.repeat(Math.floor(2 ** 20 / line.length));

  /** Files with rules that have no effect, once everything was asked for a path. */
  function refusedOf(files: Rules, path: string): readonly string[] {
    const rules = new IgnoreRules((file, maxBytes) => {
      const content = bytesOf(files[file]);
      return content !== undefined && content.length > maxBytes ? 'too-large' : content;
    });
    rules.ignores(parsePath(path), false);
    return [...rules.refused];
  }

  it('is low enough for the rules that people write', () => {
    const name = 'name-of-some-length';
    const many = [
      Array.from({ length: 60_000 }, (_, i) => `${name.slice(0, 9)}${i}`),
      Array.from({ length: 30_000 }, (_, i) => `/${name}/${i}`),
      Array.from({ length: 5_000 }, (_, i) => `*.${i}`),
      Array.from({ length: 900 }, (_, i) => `/${name.slice(0, 9)}/*/${i}`),
    ];
    for (const lines of many) {
      expect(refusedOf({ '.gitignore': lines.join('\n') }, 'a')).toEqual([]);
    }
  });

  it.each([
    ['a pattern of one star after the other', megabyte('*')],
    ['one class after the other', megabyte('[a]')],
    ['many patterns with stars', megabyte('*a*b\n')],
    ['many patterns that cross directories', megabyte('**/a/**/b\n')],
    ['half a million patterns', megabyte('a\n')],
  ])('is too high for %s', (_, text) => {
    expect(refusedOf({ '.gitignore': text, '.agentfsignore': 'b' }, 'a')).toEqual(['.gitignore']);
    expect(rulesOf({ '.gitignore': text, '.agentfsignore': 'b' })('b')).toBe(true);
  });

  it('counts all files from a directory up to the root', () => {
    const text = Array.from({ length: 1500 }, (_, i) => `*.${i}`).join('\n');
    const names = ['', 'a/', 'a/b/', 'a/b/c/', 'a/b/c/d/', 'x/'];
    const files = Object.fromEntries(names.map((name) => [`${name}.gitignore`, text]));
    expect(refusedOf(files, 'a/b/c/d/e')).toEqual(['a/b/c/d/.gitignore']);
    expect(refusedOf(files, 'x/e')).toEqual([]);
  });

  it('is counted for what was read in vain, too', () => {
    const names = Array.from({ length: 6 }, (_, i) => `${'a/'.repeat(i)}.gitignore`);
    let read = 0;
    const rules = new IgnoreRules((file, maxBytes) => {
      if (!names.includes(file)) return undefined;
      if (2 ** 20 > maxBytes) return 'too-large';
      read += 1;
      return Buffer.alloc(2 ** 20, '*');
    });
    rules.ignores(parsePath('a/a/a/a/a/a/a'), false);
    expect([...rules.refused].sort()).toEqual([...names].sort());
    expect(read).toBe(4);
  });

  it('is paid again where a scope was dropped for want of room, with the same answers', () => {
    const text = Array.from({ length: 9_000 }, (_, i) => `/${i}/${'x'.repeat(200)}`).join('\n');
    const files = new Map<string, number>();
    const rules = new IgnoreRules((file) => {
      if (!/^\d*\/?\.gitignore$/.test(file)) return undefined;
      files.set(file, (files.get(file) ?? 0) + 1);
      return Buffer.from(`${text}\n*.log\n!keep.log`);
    });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 10; i++) {
        expect(rules.ignores(parsePath(`${i}/a.log`), false)).toBe(true);
        expect(rules.ignores(parsePath(`${i}/keep.log`), false)).toBe(false);
        expect(rules.ignores(parsePath(`${i}/a`), false)).toBe(false);
      }
    }
    expect(files.get('0/.gitignore')).toBe(2);
  });
});

describe('rule files on disk', () => {
  it('are read where they are regular files, and nowhere else', () => {
    const outside = temporaryDirectory({ rules: 'b' });
    const root = temporaryDirectory({
      '.gitignore': 'a',
      'link/': '',
      'fifo/': '',
      'dir/.gitignore/': '',
    });
    symlinkSync(join(outside, 'rules'), join(root, 'link/.gitignore'));
    execFileSync('mkfifo', [join(root, 'fifo/.gitignore')]);
    const directory = SafeDirectory.open(root);
    const source = ruleFilesIn(directory);
    expect(source(parsePath('.gitignore'), 10)).toEqual(Buffer.from('a'));
    for (const path of ['link/.gitignore', 'fifo/.gitignore', 'dir/.gitignore', '.agentfsignore']) {
      expect(source(parsePath(path), 10)).toBeUndefined();
    }
    directory.close();
    expect(lstatSync(join(root, 'link/.gitignore')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(outside, 'rules'), 'utf8')).toBe('b');
  });

  it('have no effect above 1 MiB', () => {
    const root = temporaryDirectory({ '.gitignore': 'a\n'.repeat(2 ** 20) });
    const directory = SafeDirectory.open(root);
    expect(ruleFilesIn(directory)(parsePath('.gitignore'), 2 ** 20)).toBe('too-large');
    directory.close();
  });
});
