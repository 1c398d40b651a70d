/** Taking ignored content from the project anew. */

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { forkWorkspace, handleOn, openTestEngine, strategyOf } from '../support/run-fixture.ts';
import { setUp, type TestFiles, TestProject } from '../support/test-project.ts';

const FILES: TestFiles = {
  '.gitignore': 'node_modules/\nbuild/\n.env\n',
  'a.txt': 'a\n',
  'lib/a.js': 'a\n',
  'lib/build/out': 'lib out\n',
  '.env': 'KEY=1\n',
  'build/out': 'out\n',
  'node_modules/one/index.js': 'one 1\n',
  'node_modules/one/package.json': '{"version":"1.0.0"}\n',
  'node_modules/two/index.js': 'two 1\n',
};

const LIST =
  'find . -path ./.agentfs -prune -o -path ./.git -prune -o -printf "%p %m %s %l\\n" | LC_ALL=C sort; find . -type f -not -path "./.*/*" | LC_ALL=C sort | xargs cat';

async function output(workspace: Workspace, command: string): Promise<string> {
  return (await workspace.run(command, { check: true })).stdout;
}

await describeOverlay('standard', 'in an overlay', () => {
  describe('refresh', () => {
    it('takes what the project has now, and undo and redo go back and forth', async () => {
      const { project, workspace } = await setUp(FILES);
      const before = await output(workspace, LIST);
      project.remove('node_modules/one');
      project.remove('.env');
      project.writeAll({
        'node_modules/one/index.js': 'one 2\n',
        'node_modules/one/package.json': '{"version":"1.0.1"}\n',
        'node_modules/three/lib/index.js': 'three\n',
        'lib/build/out': 'lib out again\n',
        'lib/build/more': 'more\n',
        'new/build/x': 'x\n',
        'lib/a.js': 'versioned: not taken\n',
      });
      expect(await output(workspace, LIST)).toBe(before);
      const { ignored, overruled, operationId } = await workspace.refresh();
      expect({ ignored, overruled }).toMatchObject({
        ignored: {
          paths: ['.env', 'lib/build', 'new/build', 'node_modules'],
          removed: ['.env'],
          files: 7,
        },
        overruled: [],
      });
      expect(operationId).not.toBeNull();
      const list = await output(workspace, LIST);
      expect(await output(workspace, 'cat node_modules/*/*.js lib/build/*')).toBe(
        'one 2\ntwo 1\nmore\nlib out again\n',
      );
      expect(await output(workspace, 'cat lib/a.js new/build/x; test ! -e .env')).toBe('a\nx\n');
      expect((await workspace.status()).hasChanges).toBe(false);
      const [step] = await workspace.history();
      expect(step).toMatchObject({ kind: 'refresh', summary: expect.stringContaining('.env') });
      expect((await workspace.undo()).ignored).toMatchObject({ restored: true });
      expect(await output(workspace, LIST)).toBe(before);
      await workspace.redo();
      expect(await output(workspace, LIST)).toBe(list);
      expect(await workspace.refresh()).toMatchObject({ ignored: null, operationId: null });
    });

    it('takes nothing but what is named', async () => {
      const { project, workspace } = await setUp(FILES);
      project.remove('node_modules/one/index.js');
      project.writeAll({
        'node_modules/one/index.js': 'one, written again\n',
        'node_modules/four/index.js': 'four\n',
        'build/out': 'built again\n',
      });
      const { ignored } = await workspace.refresh(['node_modules/four', 'build/']);
      expect(ignored?.paths).toEqual(['build', 'node_modules']);
      expect(await output(workspace, 'cat build/out node_modules/*/*.js')).toBe(
        'built again\nfour\none 1\ntwo 1\n',
      );
      await expect(workspace.refresh(['../x'])).rejects.toMatchObject({ code: 'INVALID_PATH' });
    });

    it('keeps what the workspace has changed itself, unless forced', async () => {
      const { project, workspace } = await setUp(FILES);
      await workspace.run(
        'echo own >> node_modules/one/index.js && rm .env && echo 1 > build/own',
        {
          check: true,
        },
      );
      const before = await output(workspace, LIST);
      project.remove('node_modules/two/index.js');
      project.writeAll({ 'node_modules/two/index.js': 'two, written again\n' });
      await expect(workspace.refresh()).rejects.toMatchObject({
        code: 'WORKSPACE_DIRTY',
        message: expect.stringMatching(/\.env, build\/own, node_modules\/one\/index\.js itself/),
      });
      expect(await output(workspace, LIST)).toBe(before);
      // Beside what it has changed.
      expect((await workspace.refresh(['node_modules/two'])).overruled).toEqual([]);
      const between = await output(workspace, LIST);
      const { overruled, ignored } = await workspace.refresh(undefined, { force: true });
      expect(overruled).toEqual(['.env', 'build/own', 'node_modules/one/index.js']);
      expect(ignored?.removed).toEqual([]);
      expect(await output(workspace, 'cat .env node_modules/*/*.js; ls build')).toBe(
        'KEY=1\none 1\ntwo, written again\nout\n',
      );
      // What was taken is not the workspace's own.
      project.writeAll({ '.env': 'KEY=2\n' });
      expect((await workspace.refresh()).overruled).toEqual([]);
      await workspace.undo();
      await workspace.undo();
      expect(await output(workspace, LIST)).toBe(between);
      await workspace.undo();
      expect(await output(workspace, LIST)).toBe(before);
    });

    it('finds what was removed and replaced by other kinds', async () => {
      const rules = { '.gitignore': 'node_modules\nbuild\n.env\n' };
      const { project, workspace } = await setUp({ ...FILES, ...rules });
      await workspace.run(
        'rm -r node_modules build && echo file > build && rm .env && mkdir .env && echo 1 > .env/x',
        { check: true },
      );
      await workspace.refresh(undefined, { force: true });
      expect(await output(workspace, 'cat .env build/out node_modules/*/*.js')).toBe(
        'KEY=1\nout\none 1\ntwo 1\n',
      );
      project.remove('build');
      project.writeAll({ build: 'a file now\n' });
      await workspace.refresh();
      expect(await output(workspace, 'cat build')).toBe('a file now\n');
    });

    it('takes a repository only by its name, and never drops commits by itself', async () => {
      const project = new TestProject({ 'a.txt': 'a\n' });
      git(project.dir, 'first');
      const workspace = await project.open().workspace.create('w');
      git(project.dir, 'second');
      expect((await workspace.refresh()).ignored).toBeNull();
      const log = 'git log --format=%s';
      expect(await output(workspace, log)).toBe('first\n');
      expect((await workspace.refresh(['.git'])).ignored?.paths).toEqual(['.git']);
      expect(await output(workspace, log)).toBe('second\nfirst\n');
      const commit = 'git -c user.name=a -c user.email=a@a commit -q --allow-empty -m own';
      await workspace.run(commit, { check: true });
      git(project.dir, 'third');
      await expect(workspace.refresh(['.git'])).rejects.toMatchObject({
        code: 'WORKSPACE_DIRTY',
        message: expect.stringContaining('branch main'),
      });
      await workspace.refresh(['.git'], { force: true });
      expect(await output(workspace, log)).toBe('third\nsecond\nfirst\n');
      await workspace.undo();
      expect(await output(workspace, log)).toBe('own\nsecond\nfirst\n');
    });

    it('does not come between a command and its files, and changes nothing that may not be changed', async () => {
      const { project, workspace } = await setUp(FILES);
      project.writeAll({ '.env': 'KEY=2\n' });
      await using running = workspace.start('sleep 600');
      await running.pid;
      const other = await project.open().workspace.get('w');
      await expect(other.refresh()).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
      running.kill();
      await running.wait();
      await workspace.update({ readOnly: true });
      await expect(workspace.refresh()).rejects.toMatchObject({ code: 'READ_ONLY' });
    });

    it('is in a fork', async () => {
      const { project, afs, workspace } = await setUp(FILES);
      project.writeAll({ '.env': 'KEY=2\n' });
      await workspace.refresh();
      const fork = await afs.workspace.create('fork', { fromWorkspace: workspace.name });
      expect(await output(fork, 'cat .env node_modules/one/index.js')).toBe('KEY=2\none 1\n');
    });
  });
});

function git(dir: string, message: string): void {
  const run = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@a', ...args], { cwd: dir });
  };
  run('init', '-q', '-b', 'main');
  run('commit', '-q', '--allow-empty', '-m', message);
}

describe('refresh in a directory', () => {
  const directory = { strategy: 'directory' } as const;

  it('takes what the project has now, and keeps what the workspace has changed', async () => {
    const project = new TestProject(FILES);
    const engine = openTestEngine(project.dir);
    const handle = handleOn(await forkWorkspace(engine), [strategyOf(engine, 'directory')]);
    await handle.run('echo own > build/own; mkfifo node_modules/pipe', {
      ...directory,
      check: true,
    });
    project.remove('node_modules/one');
    project.remove('.env');
    project.writeAll({
      'node_modules/three/index.js': 'three\n',
      'build/out': 'built again\n',
      'lib/build/more': 'more\n',
      'lib/a.js': 'versioned\n',
    });
    await expect(handle.refresh()).rejects.toMatchObject({
      code: 'WORKSPACE_DIRTY',
      message: expect.stringContaining('build/own'),
    });
    const taken = await handle.refresh(['node_modules', 'lib', '.env']);
    expect(taken).toMatchObject({
      ignored: { paths: ['.env', 'lib/build/more', 'node_modules/one', 'node_modules/three'] },
      operationId: null,
    });
    const list = 'cat lib/a.js lib/build/more build/out build/own; ls -A . node_modules';
    expect((await handle.run(list, directory)).stdout).toBe(
      'a\nmore\nout\nown\n.:\n.gitignore\na.txt\nbuild\nlib\nnode_modules\n\nnode_modules:\npipe\nthree\ntwo\n',
    );
    expect((await handle.refresh(undefined, { force: true })).overruled).toEqual(['build/own']);
    expect((await handle.run('ls build; cat build/out', directory)).stdout).toBe(
      'out\nbuilt again\n',
    );
    expect((await handle.status()).hasChanges).toBe(false);
    expect((await handle.refresh()).ignored).toBeNull();
  });
});
