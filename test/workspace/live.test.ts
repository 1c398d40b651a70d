/** A workspace in which a command runs is one live place for it, the library and other processes. */

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import type { BackgroundRun, StrategyName, Workspace } from '../../src/index.ts';
import { bundledLibrary } from '../support/compiled.ts';
import { until } from '../support/processes.ts';
import { pathsOf, setUp, type TestFiles, TestProject, textsOf } from '../support/test-project.ts';

const FILES: TestFiles = {
  'a.txt': 'a\n',
  'src/b.txt': 'b\n',
  'src/c.txt': 'c\n',
  link: 'unused\n',
  '.gitignore': 'build/\n',
};

/** Waits in a shell until a condition holds. */
const awaiting = (condition: string): string => `until ${condition}; do :; done`;

describe.each<StrategyName>(['directory', 'overlay'])(
  'a command in the %s strategy',
  (strategy) => {
    interface Setting {
      readonly project: TestProject;
      readonly workspace: Workspace;
      /** Starts a command that does its first part before this returns. */
      start(first: string, ...then: readonly string[]): Promise<BackgroundRun>;
    }

    async function setting(context: TestContext): Promise<Setting> {
      const { project, afs, workspace } = await setUp(FILES);
      const { strategies } = await afs.capabilities();
      const profiles = strategies.find(({ name }) => name === strategy)?.profiles ?? [];
      const refusals = profiles.flatMap((each) => (each.available ? [] : [each.reason]));
      if (refusals.length === profiles.length) context.skip(refusals[0] ?? 'not offered');
      const start: Setting['start'] = async (first, ...then) => {
        const line = ['set -e', first, 'echo ready', ...then].join('\n');
        const run = workspace.start(line, { strategy, timeout: 60_000 });
        run.wait().catch(() => undefined);
        await until(() => run.output().stdout.includes('ready\n'));
        return run;
      };
      return { project, workspace, start };
    }

    it('sees what the library does, and what undo takes back', async (context) => {
      const { workspace, start } = await setting(context);
      const running = await start(
        'true',
        awaiting('grep -q api a.txt'),
        awaiting('[ ! -e src/b.txt ]'),
        awaiting('[ -x deep/er/new ]'),
        awaiting('[ "$(readlink link)" = a.txt ]'),
        'echo seen; echo mine > mine',
        awaiting('[ ! -e deep ]'),
        awaiting('grep -q ^a$ a.txt'),
        awaiting('[ -e src/b.txt ] && [ ! -L link ]'),
        'ls; cat a.txt src/*',
      );
      await workspace.snapshot.create('before');
      await workspace.writeFile('a.txt', 'api\n');
      await workspace.delete('src/b.txt');
      await workspace.mkdir('deep/er', { recursive: true });
      await workspace.writeFile('deep/er/new', 'new\n');
      await workspace.chmod('deep/er/new', 0o755);
      await workspace.delete('link');
      await workspace.symlink('a.txt', 'link');
      await until(() => running.output().stdout.includes('seen'));
      await workspace.snapshot.restore('before');
      const result = await running.wait();
      expect(result.stdout).toBe('ready\nseen\na.txt\nlink\nmine\nsrc\na\nb\nc\n');
      expect(result).toMatchObject({ exitCode: 0, conflicts: [], warnings: [] });
      expect(pathsOf(result.changes)).toEqual(['mine']);
      const { mine, ...rest } = await textsOf(workspace);
      expect([mine, rest]).toEqual(['mine\n', FILES]);
    });

    it('sees what another process does', async (context) => {
      const { project, workspace, start } = await setting(context);
      const running = await start('true', awaiting('[ -e other ]'), 'cat other');
      const script = `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
      const afs = await AgentFS.open(process.argv[1]);
      await (await afs.workspace.get('w')).writeFile('other', 'by another\\n');
      await afs.close();`;
      const args = ['--input-type=module', '-e', script, project.dir];
      await promisify(execFile)(process.execPath, args);
      expect(await running.wait()).toMatchObject({ exitCode: 0, stdout: 'ready\nby another\n' });
      expect(await workspace.readText('other')).toBe('by another\n');
    });

    it('is told by the kernel, as watchers are', async (context) => {
      const { workspace, start } = await setting(context);
      const watcher = `node -e "
      const watcher = require('fs').watch('src', (_, name) => {
        if (name !== 'b.txt' || require('fs').readFileSync('src/b.txt', 'utf8') !== 'api') return;
        console.log('noticed'); watcher.close();
      });
      console.log('ready')"`;
      const running = await start(watcher);
      await workspace.writeFile('src/b.txt', 'api');
      expect((await running.wait()).stdout).toContain('noticed');
    });

    it('keeps what it has changed itself, which is merged at the end', async (context) => {
      const { workspace, start } = await setting(context);
      const running = await start(
        'echo mine > a.txt; rm src/b.txt; mkdir late; echo mine > late/x',
        awaiting('[ -e z-go ]'),
        'cat a.txt late/x; ls src',
      );
      await workspace.writeFile('a.txt', 'api\n');
      await workspace.writeFile('src/b.txt', 'api\n');
      await workspace.mkdir('late');
      await workspace.writeFile('late/x', 'api\n');
      await workspace.writeFile('late/y', 'api\n');
      // Changes come in by their paths.
      await workspace.writeFile('z-go', '');
      const result = await running.wait();
      expect(result.stdout).toBe('ready\nmine\nmine\nc.txt\n');
      expect(pathsOf(result.conflicts)).toEqual(['a.txt', 'late/x', 'src/b.txt']);
      expect(await textsOf(workspace)).toMatchObject({
        ...{ 'a.txt': 'api\n', 'late/x': 'api\n', 'late/y': 'api\n', 'src/b.txt': 'api\n' },
      });
    });

    it('may go on with what it was shown: then its own change counts', async (context) => {
      const { workspace, start } = await setting(context);
      const running = await start(
        'true',
        awaiting('[ -e z-go ]'),
        'grep -q api a.txt; echo more >> a.txt; rm new build/kept; echo x > src/b.txt; rmdir dir',
      );
      await workspace.writeFile('a.txt', 'api\n');
      await workspace.writeFile('new', 'api\n');
      await workspace.delete('src/b.txt');
      await workspace.mkdir('dir');
      await workspace.mkdir('build');
      await workspace.writeFile('build/kept', 'versioned, though the rules ignore it\n');
      await workspace.writeFile('build/too', 'this as well\n');
      await workspace.writeFile('z-go', '');
      const result = await running.wait();
      expect(result).toMatchObject({ exitCode: 0, conflicts: [] });
      expect(pathsOf(result.changes)).toEqual(['a.txt', 'build/kept', 'dir', 'new', 'src/b.txt']);
      expect(await textsOf(workspace)).toEqual({
        ...FILES,
        ...{
          'a.txt': 'api\nmore\n',
          'build/too': 'this as well\n',
          'src/b.txt': 'x\n',
          'z-go': '',
        },
      });
      await workspace.undo();
      expect(await textsOf(workspace)).toMatchObject({ 'a.txt': 'api\n', new: 'api\n' });
      // What the next one is shown is told from the layers below.
      const next = await workspace.run('cat a.txt new build/*', { strategy, check: true });
      expect(next.stdout).toMatch(/^api\napi\nversioned/);
    });

    it('leads no write out of the workspace', async (context) => {
      const { workspace, start } = await setting(context);
      const outside = new TestProject();
      mkdirSync(outside.path('deep'));
      const running = await start(
        `rm -r src; ln -s ${outside.dir} src; mkdir moved; ln -s ${outside.path('x')} y`,
        awaiting('[ -e z-go ]'),
        'ls -d src y',
      );
      await workspace.writeFile('src/new.txt', 'api');
      await workspace.mkdir('src/deep');
      await workspace.writeFile('src/deep/new.txt', 'api');
      await workspace.delete('src/b.txt');
      await workspace.writeFile('y', 'api');
      await workspace.writeFile('z-go', '');
      const result = await running.wait();
      expect(result.stdout).toBe('ready\nsrc\ny\n');
      expect(readdirSync(outside.dir, { recursive: true })).toEqual(['deep']);
      expect(await workspace.readText('src/new.txt')).toBe('api');
      expect(await workspace.readText('y')).toBe('api');
    });

    it('that exchanges a directory all the time gets nothing written elsewhere, and loses nothing', async (context) => {
      const { workspace, start } = await setting(context);
      const outside = new TestProject({ 'b.txt': 'not ours\n' });
      const running = await start(
        `while [ ! -e z-go ]; do mv src kept; ln -s ${outside.dir} src; rm src; mv kept src; done &`,
        awaiting('[ -e z-go ]'),
        'wait',
      );
      const texts: Record<string, string> = {};
      for (let i = 0; i < 60; i++) {
        const path = i % 3 === 0 ? 'src/b.txt' : `src/deep/${i}`;
        texts[path] = `${i}\n`;
        await workspace.writeFile(path, texts[path] ?? '');
        if (i % 5 === 0) await workspace.readText('a.txt', { live: true });
      }
      await workspace.delete('src/c.txt');
      await workspace.writeFile('z-go', '');
      expect(await running.wait()).toMatchObject({ exitCode: 0 });
      expect(await textsOf(workspace)).toMatchObject(texts);
      expect(await workspace.exists('src/c.txt')).toBe(false);
      expect(outside.list()).toEqual(['b.txt']);
      expect(outside.read('b.txt')).toBe('not ours\n');
    });

    it('in a directory that it has moved away does not get what belongs to the old one', async (context) => {
      const { workspace, start } = await setting(context);
      const running = await start(
        'true',
        awaiting('[ -e one ]'),
        'mv src lib; echo moved',
        awaiting('[ -e two ]'),
        'ls lib',
      );
      await workspace.writeFile('src/first', 'api');
      await workspace.writeFile('one', '');
      await until(() => running.output().stdout.includes('moved'));
      await workspace.writeFile('src/second', 'api');
      await workspace.writeFile('two', '');
      const result = await running.wait();
      expect(result.stdout).toBe('ready\nmoved\nb.txt\nc.txt\nfirst\n');
      expect(Object.keys(await textsOf(workspace)).sort()).toEqual(
        [
          '.gitignore',
          'a.txt',
          'lib/b.txt',
          'lib/c.txt',
          'lib/first',
          'link',
          'one',
          'src/second',
          'two',
        ].sort(),
      );
    });

    it('sees a large change whole, and a snapshot never changes', async (context) => {
      const { workspace, start } = await setting(context);
      await workspace.snapshot.create('small');
      const session = await workspace.session({ strategy });
      await session.run('mkdir many; for i in $(seq 300); do echo $i > many/$i; done');
      await session.close();
      await workspace.snapshot.create('large');
      await workspace.snapshot.restore('small');
      const running = await start(
        'true',
        awaiting('[ "$(ls many 2> /dev/null | wc -l)" = 300 ]'),
        'cat many/300',
      );
      await workspace.snapshot.restore('large');
      expect((await running.wait()).stdout).toBe('ready\n300\n');
      const run = workspace.start('echo ready; read go; ls', {
        strategy,
        snapshot: 'small',
        input: 'go\n',
      });
      await workspace.writeFile('later', '');
      expect((await run.wait()).stdout).toBe('ready\na.txt\nlink\nsrc\n');
    });

    it('shows what it has written to readers who ask for that', async (context) => {
      const { project, workspace, start } = await setting(context);
      const outside = new TestProject({ secret: 'not for readers' });
      const running = await start(
        [
          'echo mine > a.txt; rm -r src; mkdir -p new/deep build; echo x > new/deep/x',
          'echo ignored > build/out; chmod 750 new/deep/x; ln -s new/deep near',
          `ln -s ${outside.dir} far; ln -s ../../../../../../../../../../etc up; mkfifo pipe`,
        ].join('\n'),
        awaiting('[ -e z-go ]'),
        'rm pipe far up',
      );
      const live = { live: true } as const;
      const other = await project.open().workspace.get('w');
      for (const reader of [workspace, other]) {
        expect(await reader.readText('a.txt')).toBe('a\n');
        expect(await reader.readText('a.txt', live)).toBe('mine\n');
        expect(await reader.readFile('near/x', { ...live, encoding: 'utf8' })).toBe('x\n');
        expect((await reader.readFile('build/out', live)).toString()).toBe('ignored\n');
        expect(await reader.exists('src', live)).toBe(false);
        expect(await reader.exists('src')).toBe(true);
        expect(await reader.stat('new/deep/x', live)).toMatchObject({ size: 2, mode: 0o750 });
        expect((await reader.lstat('near', live)).isSymbolicLink()).toBe(true);
        expect((await reader.lstat('near/x', live)).size).toBe(2);
        await expect(reader.lstat('near/none', live)).rejects.toMatchObject({ code: 'ENOENT' });
        const listed = await reader.listDir('new', { ...live, recursive: true });
        expect(pathsOf(listed)).toEqual(['new/deep', 'new/deep/x']);
        const names = pathsOf(await reader.listDir('/', live));
        expect(names).toEqual(expect.arrayContaining(['a.txt', 'build', 'far', 'near', 'new']));
        expect(names.filter((name) => /^(pipe|src|\.agentfs|\.git)$/.test(name))).toEqual([]);
        for (const path of ['far/secret', 'up/passwd', 'src/b.txt', 'none']) {
          await expect(reader.readFile(path, live)).rejects.toMatchObject({ code: 'ENOENT' });
          expect(await reader.exists(path, live)).toBe(false);
        }
        await expect(reader.readFile('new', live)).rejects.toMatchObject({ code: 'EISDIR' });
        await expect(reader.listDir('a.txt', live)).rejects.toMatchObject({ code: 'ENOTDIR' });
        await expect(reader.readFile('pipe', live)).rejects.toThrow();
      }
      await workspace.writeFile('z-go', '');
      await running.wait();
      // Without a command it is the workspace.
      expect(await other.readText('a.txt', live)).toBe('mine\n');
      expect(pathsOf(await other.listDir('new', live))).toEqual(['new/deep']);
    });

    it('of a session sees it too', async (context) => {
      const { workspace } = await setting(context);
      await using session = await workspace.session({ strategy });
      await workspace.writeFile('new', 'api\n');
      const { stdout } = await session.run(`${awaiting('[ -e new ]')}; cat new`);
      expect(stdout).toBe('api\n');
      expect((await session.checkpoint()).changes).toEqual([]);
    });
  },
);
