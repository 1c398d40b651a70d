/** Ignored content in commands: there, private, pinned, removable, and taken back with the rest. */

import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { listCommand, randomScript, seeds } from '../support/shell-operations.ts';
import { setUp, type TestFiles } from '../support/test-project.ts';

/** A directory of packages that is neither small nor the same twice. */
function packages(count: number, version: string): TestFiles {
  const entries = Array.from({ length: count }, (_, number) => [
    `node_modules/p${number}/lib/index.js`,
    `${number} ${version}\n`,
  ]);
  return Object.fromEntries(entries);
}

const FILES: TestFiles = {
  '.gitignore': 'build/\n.env\n',
  'a.txt': 'a\n',
  'lib/a.js': 'a\n',
  'lib/build/out': 'lib out\n',
  '.env': 'KEY=1\n',
  'build/out': 'out\n',
  ...packages(300, 'old'),
};

const LIST = 'find . -path ./.agentfs -prune -o -type f -print | LC_ALL=C sort | xargs cat | cksum';

async function output(workspace: Workspace, command: string): Promise<string> {
  return (await workspace.run(command, { check: true })).stdout;
}

await describeOverlay('standard', 'in an overlay', () => {
  describe('ignored content', () => {
    it('is removed, renamed and made again as on a plain disk', async () => {
      const { project, workspace } = await setUp(FILES);
      const remove = 'rm -r node_modules && ! ls node_modules && mkdir node_modules';
      await workspace.run(`${remove} && echo new > node_modules/only`, { check: true });
      expect(await output(workspace, 'ls -A node_modules')).toBe('only\n');
      await workspace.run('mv build old && rm -r lib/build', { check: true });
      expect(
        await output(workspace, 'cat old/out; ls -d build lib/build 2> /dev/null; ls lib'),
      ).toBe('out\na.js\n');
      // In a command of its own: what was removed by an earlier one must not come back.
      await workspace.run('rm -r node_modules', { check: true });
      await workspace.run('mkdir -p node_modules/p1/lib && echo x > node_modules/p1/x', {
        check: true,
      });
      expect(await output(workspace, 'find node_modules -type f')).toBe('node_modules/p1/x\n');
      expect(project.read('node_modules/p7/lib/index.js')).toBe('7 old\n');
      expect(project.read('lib/build/out')).toBe('lib out\n');
    });

    it('shows nothing of what is gone in directories that were made elsewhere', async () => {
      const { workspace } = await setUp({ ...FILES, 'build/deep/down/old': 'old\n' });
      const list = async (): Promise<string> => await output(workspace, 'ls -lR build | grep ^-');
      await workspace.run('rm -r build', { check: true });
      // The kernel marks what is moved to where something was: it stands for all that is below it.
      const make = 'mkdir -p t/deep/down && echo n > t/deep/down/new && mv t build';
      await workspace.run(make, { check: true });
      expect(await list()).toMatch(/^-\S+ .* new\n$/);
      await workspace.run('echo x > build/x && echo o > build/deep/down/old', { check: true });
      await workspace.run('rm build/deep/down/old', { check: true });
      expect(await list()).toMatch(/^-\S+ .* x\n-\S+ .* new\n$/);
      await workspace.run('cp -a build copy && mv build moved', { check: true });
      expect(await output(workspace, 'ls build 2> /dev/null; cat moved/x')).toBe('x\n');
    });

    it('is as it was when the workspace began, whatever the project does to it', async () => {
      const { project, workspace } = await setUp(FILES);
      const before = await output(workspace, LIST);
      project.writeAll({ 'build/out': 'built again\n', 'node_modules/p300/lib/index.js': 'more' });
      project.remove('node_modules/p3');
      project.remove('.env');
      expect(await output(workspace, LIST)).toBe(before);
      const later = await project.open().workspace.create('later');
      expect(await output(later, 'cat build/out; ls -d node_modules/p3* | wc -l')).toBe(
        'built again\n11\n',
      );
    });

    it('comes back with undo, goes with redo, and is told of', async () => {
      const { workspace } = await setUp(FILES);
      const before = await output(workspace, LIST);
      const run = await workspace.run('rm -r build .env lib node_modules/p1*');
      const { changes, operationId, ignored, warnings } = run;
      expect(operationId).not.toBeNull();
      expect(ignored?.removed).toEqual(expect.arrayContaining(['.env', 'build']));
      expect(ignored?.removed.some((path) => path.startsWith('node_modules'))).toBe(false);
      expect(warnings.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^The command deleted ignored content: \.env and \d more; undo /),
      ]);
      expect(changes.map(({ path }) => path)).toEqual(['lib/a.js']);
      const after = await output(workspace, LIST);
      expect(after).not.toBe(before);
      const undone = await workspace.undo();
      expect(undone.ignored).toMatchObject({ restored: true });
      expect(undone.ignored?.paths).toEqual(expect.arrayContaining(['.env', 'build']));
      expect(await output(workspace, LIST)).toBe(before);
      expect((await workspace.redo()).ignored).toMatchObject({ restored: true });
      expect(await output(workspace, LIST)).toBe(after);
      await workspace.undo();
      // Undone once more without a command in between.
      await workspace.redo();
      await workspace.undo();
      expect(await output(workspace, LIST)).toBe(before);
    });

    it('is not moved under a command, by undo or restore', async () => {
      const { workspace } = await setUp({
        '.gitignore': 'build/\n',
        'build/out': '1\n',
        'a.txt': 'a\n',
      });
      await workspace.snapshot.create('before');
      await workspace.run('echo 2 > build/out; echo b > a.txt', { check: true });
      await using running = workspace.start('sleep 600');
      await running.pid;
      const busy = { code: 'WORKSPACE_BUSY', message: expect.stringContaining('ignored content') };
      await expect(workspace.undo()).rejects.toMatchObject(busy);
      await expect(workspace.snapshot.restore('before')).rejects.toMatchObject(busy);
      expect(await workspace.readText('a.txt')).toBe('b\n');
      // Steps that leave it alone can be taken back.
      await workspace.writeFile('a.txt', 'c\n');
      expect((await workspace.undo()).operation.kind).toBe('edit');
      running.kill();
      await running.wait();
      expect((await workspace.undo()).ignored).toMatchObject({ restored: true });
      expect((await workspace.run('cat build/out a.txt')).stdout).toBe('1\na\n');
    });

    it('comes back step by step, and with a snapshot', async () => {
      const { workspace } = await setUp(FILES);
      const states: string[] = [await output(workspace, LIST)];
      const commands = [
        'echo 1 > build/new && rm build/out',
        'rm -r node_modules && mkdir -p node_modules/own && echo own > node_modules/own/x',
        'rm -r build && echo file > build',
        'rm build && mkdir build && echo again > build/out && echo KEY=2 > .env',
        'rm -r lib && mkdir -p lib/build && echo 2 > lib/build/two && echo b > lib/b.js',
      ];
      for (const command of commands) {
        await workspace.run(command, { check: true });
        states.push(await output(workspace, LIST));
      }
      await workspace.snapshot.create('end');
      for (let state = states.length - 2; state >= 0; state--) {
        await workspace.undo();
        expect(await output(workspace, LIST)).toBe(states[state]);
      }
      await workspace.snapshot.restore('end');
      expect(await output(workspace, LIST)).toBe(states.at(-1));
      await workspace.undo();
      expect(await output(workspace, LIST)).toBe(states[0]);
    });

    it.each(seeds(12))(
      'is what random commands have left, back and forth (seed %i)',
      async (seed) => {
        const { workspace } = await setUp({
          '.gitignore': 'b\nlib\nREADME.md\n',
          'README.md': 'read',
          'a/a/c': 'versioned',
          'a/lib/src/c': 'ignored',
          'b/a/c': 'ignored',
          'b/src/lib': 'ignored',
          'src/b/b/c': 'ignored',
          'src/c': 'versioned',
        });
        const look = async (): Promise<unknown> =>
          JSON.parse(await output(workspace, listCommand()));
        const states = [await look()];
        for (let round = 1; round <= 6; round++) {
          const script = `${randomScript(seed * 1000 + round)}\n${listCommand()}`;
          const { stdout, operationId } = await workspace.run(script);
          const left: unknown = JSON.parse(stdout);
          expect(await look(), `after ${round}, shown anew`).toEqual(left);
          if (operationId !== null) states.push(left);
        }
        const end = states.length - 1;
        for (let state = end - 1; state >= 0; state--) {
          await workspace.undo();
          expect(await look(), `back to ${state}`).toEqual(states[state]);
        }
        for (let state = 1; state <= end; state++) {
          await workspace.redo();
          expect(await look(), `forth to ${state}`).toEqual(states[state]);
        }
      },
    );

    it('is counted, and freed when no workspace began with it', async () => {
      const { project, afs, workspace } = await setUp({
        '.gitignore': '.env\n',
        '.env': 'x'.repeat(5000),
      });
      const stocks = project.path('.agentfs/work/stocks');
      const [first = ''] = readdirSync(stocks);
      project.write('.env', 'y'.repeat(7000));
      const other = await afs.workspace.create('other');
      const { stocks: counted } = (await afs.storage.usage()).beside;
      expect(Math.floor(counted / 1000)).toBe(12);
      // One that was taken a moment ago may be for a workspace that is not there yet.
      await afs.workspace.delete(workspace.name, { force: true });
      expect(await afs.gc()).toMatchObject({ stocks: 0, stockBytes: 0 });
      const before = new Date('2001-01-01');
      for (const name of readdirSync(stocks))
        utimesSync(join(stocks, name, 'stock.json'), before, before);
      expect(await afs.gc({ dryRun: true })).toMatchObject({ stocks: 1, stockBytes: 5000 });
      expect(readdirSync(stocks)).toContain(first);
      expect(await afs.gc()).toMatchObject({ stocks: 1, stockBytes: 5000 });
      expect(readdirSync(stocks)).toHaveLength(1);
      expect(await output(other, 'wc -c < .env')).toBe('7000\n');
    });

    it('stays as it was when the changes of a command are dropped', async () => {
      const { workspace } = await setUp(FILES);
      const before = await output(workspace, LIST);
      const command = 'rm -r node_modules build && echo x > a.txt && exit 1';
      const { discarded } = await workspace.run(command, { rollbackOnFailure: true });
      expect(discarded).toBe(true);
      expect(await output(workspace, LIST)).toBe(before);
    });

    it('is not brought back beyond the budget, which undo says', async () => {
      const { project } = await setUp(FILES);
      const afs = project.open({ undo: { ignoredSteps: 0 } });
      const workspace = await afs.workspace.create('poor');
      await workspace.run('rm -r build && echo x > a.txt');
      await workspace.run('echo KEY=2 > .env');
      await workspace.run('true');
      expect(await workspace.undo()).toMatchObject({
        ignored: { paths: ['.env'], restored: false },
      });
      expect(await output(workspace, 'cat .env')).toBe('KEY=2\n');
    });
  });
});
