/** What git tracks, read from indexes that git itself has written. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TrackedPaths, trackedPaths } from '../../src/disk/git-index.ts';
import { AgentFS } from '../../src/index.ts';
import { TestProject } from '../support/test-project.ts';

const PATHS = [
  ...['a', 'a b/c', 'a.txt', 'dist/.keep', 'dist/deep/er/x', 'distance', 'ä/ö.txt', 'z/1', 'z/2'],
  `long/${'x'.repeat(200)}/${'y'.repeat(200)}`,
  ...Array.from({ length: 300 }, (_, index) => `many/file-${index}`),
];

function git(dir: string, ...args: string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@a'];
  return execFileSync('git', [...who, ...args], { cwd: dir, encoding: 'utf8' });
}

function repository(options: readonly string[] = []): TestProject {
  const project = new TestProject();
  git(project.dir, 'init', '-q', ...options);
  for (const path of PATHS) {
    const file = project.path(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, path);
  }
  git(project.dir, 'add', '.');
  return project;
}

function read(project: TestProject): string[] {
  const paths = trackedPaths(readFileSync(project.path('.git/index')));
  return paths.map((path) => Buffer.from(path, 'latin1').toString());
}

function listed(project: TestProject): string[] {
  return git(project.dir, 'ls-files', '-z')
    .split('\0')
    .filter((path) => path !== '');
}

describe('an index of git', () => {
  it.each([2, 3, 4])('of version %i is read', (version) => {
    const project = repository();
    // Only what is new for later versions makes git write version 3.
    if (version === 3) {
      writeFileSync(project.path('intended'), '');
      git(project.dir, 'add', '--intent-to-add', 'intended');
    } else git(project.dir, 'update-index', '--index-version', String(version));
    expect(readFileSync(project.path('.git/index')).readUInt32BE(4)).toBe(version);
    expect(read(project)).toEqual(listed(project));
  });

  it('with ids of SHA-256 is read', () => {
    const project = repository(['--object-format=sha256']);
    expect(read(project)).toEqual(listed(project));
    git(project.dir, 'update-index', '--index-version', '4');
    expect(read(project)).toEqual(listed(project));
  });

  it('with all stages of a conflict names the path', () => {
    const project = repository();
    git(project.dir, 'commit', '-q', '-m', 'one');
    git(project.dir, 'checkout', '-q', '-b', 'other');
    for (const [branch, text] of [
      ['other', 'b'],
      ['-', 'c'],
    ] as const) {
      if (branch === '-') git(project.dir, 'checkout', '-q', '-');
      writeFileSync(project.path('a.txt'), text);
      git(project.dir, 'commit', '-q', '-a', '-m', text);
    }
    expect(() => git(project.dir, 'merge', '-q', 'other')).toThrow();
    expect(read(project)).toContain('a.txt');
    expect(new Set(read(project))).toEqual(new Set(listed(project)));
  });

  it('that is damaged in any way says nothing false, and ends', () => {
    const project = repository();
    const index = readFileSync(project.path('.git/index'));
    for (let cut = 0; cut < 400; cut += 7) expect(trackedPaths(index.subarray(0, cut))).toEqual([]);
    for (let at = 0; at < 2000; at++) {
      const damaged = Buffer.from(index);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
      expect(() => trackedPaths(damaged)).not.toThrow();
    }
    expect(trackedPaths(Buffer.from('DIRC\0\0\0\x05\xff\xff\xff\xff', 'latin1'))).toEqual([]);
    expect(trackedPaths(Buffer.from('DIRC\0\0\0\x02\xff\xff\xff\xff', 'latin1'))).toEqual([]);
  });

  it('answers for files and for directories on the way to them', () => {
    const tracked = new TrackedPaths(
      trackedPaths(readFileSync(repository().path('.git/index'))),
      '',
    );
    const inDist = new TrackedPaths(['base/dist/x', 'base/y'], 'base/');
    expect([tracked.has('dist', true), tracked.has('dist/deep', true)]).toEqual([true, true]);
    expect([tracked.has('dist', false), tracked.has('dis', true)]).toEqual([false, false]);
    expect([tracked.has('dist/.keep', false), tracked.has('dist/new', false)]).toEqual([
      true,
      false,
    ]);
    expect([tracked.has('zz', true), tracked.has('', false)]).toEqual([false, false]);
    expect([inDist.has('dist', true), inDist.has('base', true)]).toEqual([true, false]);
  });
});

describe('what git tracks', () => {
  it('is versioned whatever the rules say, and nothing else beside it', async () => {
    const project = new TestProject({
      '.gitignore': 'dist/\n*.log\n',
      'dist/kept.js': 'kept\n',
      'dist/made.js': 'made\n',
      'kept.log': 'kept\n',
      'made.log': 'made\n',
      'node_modules/own/index.js': 'own\n',
    });
    git(project.dir, 'init', '-q');
    git(project.dir, 'add', '--force', 'dist/kept.js', 'kept.log');
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    const paths = (await workspace.listDir('/', { recursive: true })).map(({ path }) => path);
    expect(paths).toEqual(['.gitignore', 'dist', 'dist/kept.js', 'kept.log']);
    await workspace.writeFile('dist/kept.js', 'changed\n');
    await workspace.commit('change');
    expect(project.read('dist/kept.js')).toBe('changed\n');
    // Looked at anew when the index is another.
    git(project.dir, 'add', '--force', 'made.log');
    git(project.dir, 'rm', '-q', '--cached', 'kept.log');
    const later = await afs.workspace.create('later');
    expect(await later.exists('made.log')).toBe(true);
  });

  it('is found where the base is a directory of the repository, or a worktree', async () => {
    const project = new TestProject({
      '.gitignore': '*.log\n',
      'sub/kept.log': 'x',
      'sub/b.log': '',
    });
    git(project.dir, 'init', '-q');
    git(project.dir, 'add', '--force', 'sub/kept.log', '.gitignore');
    git(project.dir, 'commit', '-q', '-m', 'one');
    const worktree = join(project.dir, '../', `${project.dir.split('/').at(-1)}-tree`);
    git(project.dir, 'worktree', 'add', '-q', worktree);
    try {
      for (const base of [project.path('sub'), join(worktree, 'sub')]) {
        await using afs = new AgentFS(base);
        const workspace = await afs.workspace.create('w');
        const paths = (await workspace.listDir('/', { recursive: true })).map(({ path }) => path);
        expect(paths).toEqual(['kept.log']);
      }
    } finally {
      rmSync(worktree, { recursive: true });
    }
  });
});
