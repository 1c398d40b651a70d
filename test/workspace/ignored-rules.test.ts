/** What is ignored is the same for status, commands and captures, wherever the rule stands. */

import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentFS, type StrategyName } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { temporaryDirectory } from '../support/run-fixture.ts';
import { pathsOf, setUp, TestProject } from '../support/test-project.ts';
import { whenDone } from '../support/when-done.ts';

const SELF = { '.venv/.gitignore': '*\n', '.venv/bin/python': '#!/bin/sh\necho snake\n' };

function git(directory: string, ...args: readonly string[]): void {
  execFileSync('git', args, { cwd: directory, stdio: 'ignore' });
}

/** An AgentFS on a directory, closed when the test has finished. */
function openAt(directory: string): AgentFS {
  const afs = new AgentFS(directory);
  whenDone(() => afs.close());
  return afs;
}

/** The tests of one strategy. */
function describeRules(strategy: StrategyName): void {
  describe(`with the ${strategy} strategy`, () => {
    it('shows a directory whose own rules ignore all of it', async () => {
      const project = new TestProject({ 'a.txt': 'a', ...SELF });
      chmodSync(project.path('.venv/bin/python'), 0o755);
      const workspace = await project.open().workspace.create('w');
      const { changes, stdout } = await workspace.run('.venv/bin/python; ls -A .venv', {
        strategy,
      });
      expect(stdout).toBe('snake\n.gitignore\nbin\n');
      expect(changes).toEqual([]);
      expect(await workspace.status({ ignored: true })).toMatchObject({
        hasChanges: false,
        ignored: ['.venv'],
      });
    });

    it('follows rules that a command makes', async () => {
      const { workspace } = await setUp({ 'a.txt': 'a', 'sub/b.txt': 'b' });
      const command =
        "mkdir -p c2/bin deep/er/build keep && echo '*' > c2/.gitignore && echo 1 > c2/bin/x" +
        ' && echo build/ > sub/.gitignore && mkdir sub/build && echo 1 > sub/build/y' +
        " && echo 'build/' > .gitignore && echo 1 > deep/er/build/z";
      const { changes } = await workspace.run(command, { strategy });
      expect(pathsOf(changes)).toEqual(['.gitignore', 'keep', 'sub/.gitignore']);
      const { stdout } = await workspace.run('cat c2/bin/x sub/build/y deep/er/build/z', {
        strategy,
      });
      expect(stdout).toBe('1\n1\n1\n');
    });

    it('versions a directory once something in it is not ignored', async () => {
      const { workspace } = await setUp({ '.gitignore': 'build/\n', 'pkg/build/out': '1' });
      expect((await workspace.run('cat pkg/build/out', { strategy })).stdout).toBe('1');
      const { changes } = await workspace.run('echo n > pkg/new.txt', { strategy });
      expect(pathsOf(changes)).toEqual(['pkg/new.txt']);
      const { stdout } = await workspace.run('cat pkg/build/out pkg/new.txt', { strategy });
      expect(stdout).toBe('1n\n');
    });

    it('reads what git reads besides: info/exclude, and the file of the user', async () => {
      const home = temporaryDirectory({ ignore: '*.secret\n' });
      const project = new TestProject({ 'a.txt': 'a', 'notes.local': 'n', 'b.secret': 's' });
      git(project.dir, 'init', '-q');
      git(project.dir, 'config', 'core.excludesFile', join(home, 'ignore'));
      project.write('.git/info/exclude', '*.local\n');
      const workspace = await project.open().workspace.create('w');
      expect(await workspace.readdir()).toEqual(['a.txt']);
      const { changes, stdout } = await workspace.run(
        'cat notes.local b.secret; echo 2 | tee more.local more.secret > seen.txt',
        { strategy },
      );
      expect(stdout).toBe('ns');
      expect(pathsOf(changes)).toEqual(['seen.txt']);
    });

    it('reads the rules of the repository that the project is a directory of', async () => {
      const root = temporaryDirectory({
        '.gitignore': '.env\n/packages/app/out/\n!*.txt\n',
        'packages/.gitignore': 'tmp/\n',
        'packages/app/a.txt': 'a',
        'packages/app/.env': 'KEY=1\n',
        'packages/app/out/x': 'x',
        'packages/app/lib/tmp/y': 'y',
      });
      git(root, 'init', '-q');
      const afs = openAt(join(root, 'packages/app'));
      const workspace = await afs.workspace.create('w');
      expect(await workspace.readdir()).toEqual(['a.txt']);
      const { changes } = await workspace.run('cat .env out/x lib/tmp/y && echo 2 > sub.env', {
        strategy,
        shell: true,
      });
      expect(pathsOf(changes)).toEqual(['sub.env']);
    });
  });
}

describeRules('directory');
await describeOverlay('standard', 'with an overlay', () => describeRules('overlay'));

it('does not let rules above hide a project that they ignore as a whole', async () => {
  const root = temporaryDirectory({ '.gitignore': 'scratch/\n', 'scratch/p/a.txt': 'a' });
  git(root, 'init', '-q');
  const workspace = await openAt(join(root, 'scratch/p')).workspace.create('w');
  expect(await workspace.readdir()).toEqual(['a.txt']);
});

it('sees what comes to a directory that held only ignored content, also while it is watched', async () => {
  const project = new TestProject({ '.gitignore': 'build/\n', 'sub/build/z': '1' });
  const afs = project.open({ watchBase: true });
  const workspace = await afs.workspace.create('w');
  expect(await workspace.readdir()).toEqual(['.gitignore']);
  project.write('sub/build/y', '2');
  expect((await workspace.status({ refresh: true })).behind).toBe(0);
  project.write('sub/new.txt', 'new');
  const later = await afs.workspace.create('later');
  expect(pathsOf(await later.listDir('/', { recursive: true }))).toEqual([
    '.gitignore',
    'sub',
    'sub/new.txt',
  ]);
});
