import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePath, ROOT } from '../../src/primitives/path.ts';
import { CHECKOUTS } from '../../src/runner/layers/checkouts.ts';
import { layersPlace } from '../../src/runner/layers/layers-place.ts';
import { remove } from '../../src/workspace/files/edit-files.ts';
import { IgnoredFiles } from '../../src/workspace/files/ignored-files.ts';
import {
  describeOverlay,
  type OverlayBench,
  overlayBench,
  overlayOf,
  runnerOf,
} from '../support/overlay-host.ts';
import {
  forkWorkspace,
  listWorkspace,
  openTestEngine,
  temporaryDirectory,
  write,
  writeFiles,
} from '../support/run-fixture.ts';
import { describeStrategy } from '../support/strategy-contract.ts';

await describeOverlay('standard', 'with an overlay', () => {
  describeStrategy('overlay', overlayOf);

  describe('a command', () => {
    it('runs at the path of the base itself', async () => {
      const { base, run } = await overlayBench({ 'src/a.txt': 'a' });
      const result = await run(`pwd; cat ${base}/src/a.txt; cd src && pwd -P`, { workdir: '/' });
      expect(result.stdout).toBe(`${base}\na${base}/src\n`);
      expect((await run('pwd', { workdir: '/src' })).stdout).toBe(`${base}/src\n`);
      expect(result.isolation).toMatchObject({
        profile: 'standard',
        filesystem: 'confined',
        network: 'host',
        processes: 'namespace',
      });
    });

    it('is refused a workdir that is none', async () => {
      const { run } = await overlayBench({ '.gitignore': 'dist/\n', 'dist/file': '' });
      const missing = run('true', { workdir: '/dist/nothing' });
      await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
      const file = run('true', { workdir: '/dist/file' });
      await expect(file).rejects.toMatchObject({ code: 'ENOTDIR' });
      expect((await run('cat dist/file')).exitCode).toBe(0);
    });

    it('finds programs as it would outside, and says when there is none', async () => {
      const { run } = await overlayBench({ 'a.txt': 'a' });
      for (const program of ['no-such-program', '/no/such/program', '/usr']) {
        const failure = run([program]);
        await expect(failure).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' });
      }
      expect((await run(['sh', '-c', 'exit 3'])).exitCode).toBe(3);
      expect((await run('kill -TERM $$')).signal).toBe('SIGTERM');
    });

    it('gives its changes a home that is forgotten', async () => {
      const { run } = await overlayBench({ 'a.txt': 'a' });
      expect((await run('echo x > ~/.agentfs-canary && cat ~/.agentfs-canary')).stdout).toBe('x\n');
      expect((await run('cat ~/.agentfs-canary')).exitCode).toBe(1);
    });
  });

  describe('git in a command', () => {
    it('works on a repository of its own', async () => {
      const base = temporaryDirectory({ 'a.txt': 'a\n', '.gitignore': '.agentfs\n' });
      const git = (...args: readonly string[]): void => {
        const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t'];
        execFileSync('git', [...identity, ...args], { cwd: base, stdio: 'ignore' });
      };
      git('init', '-q', '-b', 'main');
      git('add', '.');
      git('commit', '-q', '-m', 'first');
      const engine = openTestEngine(base);
      const run = runnerOf(await forkWorkspace(engine), overlayOf(engine));
      expect((await run('git status --porcelain')).stdout).toBe('');
      const result = await run(
        'echo b >> a.txt; git status --porcelain; git -c user.name=t -c user.email=t@t commit -qam second; git log --format=%s',
      );
      expect(result).toMatchObject({ stdout: ' M a.txt\nsecond\nfirst\n', stderr: '' });
      expect((await run('git log --format=%s')).stdout).toBe('second\nfirst\n');
      const log = execFileSync('git', ['log', '--format=%s'], { cwd: base, encoding: 'utf8' });
      expect(log).toBe('first\n');
    });
  });

  describe('a large ignored directory', () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`node_modules/dep/${index}.js`, `${index}`]),
    );

    async function project(): Promise<OverlayBench> {
      const bench = await overlayBench({
        ...many,
        'node_modules/.bin/tool': '#!/bin/sh\necho tool\n',
        'package.json': '{}',
      });
      spawnSync('chmod', ['755', join(bench.base, 'node_modules/.bin/tool')]);
      return bench;
    }

    it("is the base's own, and its changes are private, kept and never captured", async () => {
      const { base, engine, strategy, run } = await project();
      const first = await run(
        'node_modules/.bin/tool; cat node_modules/dep/7.js; echo mine > node_modules/dep/7.js; rm node_modules/dep/8.js; echo new > node_modules/new.js',
      );
      expect(first).toMatchObject({ stdout: 'tool\n7', changes: [], warnings: [] });
      const again = await run(
        'cat node_modules/dep/7.js node_modules/new.js; ls node_modules/dep/8.js',
      );
      expect(again.stdout).toBe('mine\nnew\n');
      expect(readFileSync(join(base, 'node_modules/dep/7.js'), 'utf8')).toBe('7');
      expect(readdirSync(join(base, 'node_modules'))).not.toContain('new.js');
      const other = runnerOf(await forkWorkspace(engine, 'other'), strategy);
      expect((await other('cat node_modules/dep/7.js; ls node_modules')).stdout).toBe('7dep\n');
    });

    it('can be emptied and filled anew', async () => {
      const { run } = await project();
      await run(
        'rm -rf node_modules/* && mkdir node_modules/fresh && echo 1 > node_modules/fresh/i.js',
      );
      expect((await run('ls node_modules')).stdout).toBe('fresh\n');
    });

    it('keeps its changes also when what a run may write is bounded by memory', async () => {
      const { run } = await project();
      await run('echo kept > node_modules/kept.js');
      const bounded = await run('cat node_modules/kept.js node_modules/dep/7.js', {
        limits: { diskBytes: 1_000_000 },
      });
      expect(bounded.stdout).toBe('kept\n7');
    });
  });

  describe('ignored content of a command', () => {
    it('that is removed and built again is what was built', async () => {
      const { run } = await overlayBench({
        '.gitignore': 'dist/\n',
        'dist/old.js': 'old',
        'a/b': '',
      });
      expect((await run('rm -rf dist && mkdir dist && echo new > dist/new.js')).changes).toEqual(
        [],
      );
      expect((await run('ls dist; rm -rf dist')).stdout).toBe('new.js\n');
      expect((await run('ls; mkdir -p a/dist && echo x > a/dist/x')).stdout).toBe('a\n');
      expect((await run('cat a/dist/x; rm -r a; mkdir a')).stdout).toBe('x\n');
      expect((await run('ls a')).stdout).toBe('');
    });

    it('is what the API reads', async () => {
      const { core, run } = await overlayBench({ '.gitignore': 'dist/\n', 'dist/old': 'old' });
      const files = new IgnoredFiles(core.engine, core.uuid);
      const read = (path: string): string | undefined => {
        const found = files.find(parsePath(path));
        return found === undefined ? undefined : files.read(found).toString();
      };
      await run('echo new > dist/old; echo more > dist/more');
      expect([read('dist/old'), read('dist/more')]).toEqual(['new\n', 'more\n']);
      await run('true');
      expect([read('dist/old'), read('dist/more')]).toEqual(['new\n', 'more\n']);
    });

    it('is hidden with the directory that it is in, and comes back with it', async () => {
      const { core, run } = await overlayBench({
        '.gitignore': 'dist/\n',
        'a/b': 'b',
        'a/dist/x': 'x',
      });
      expect((await run('cat a/dist/x')).stdout).toBe('x');
      core.edit((draft) => {
        const effect = remove(draft, parsePath('a'), { recursive: true, force: false });
        return effect === undefined ? [] : [effect];
      });
      expect((await run('ls -A')).stdout).toBe('.gitignore\n');
      write(core, 'a/again', 'again');
      expect((await run('ls -A a')).stdout).toBe('again\ndist\n');
    });
  });

  describe('a checkout', () => {
    const names = (bench: OverlayBench): string[] =>
      readdirSync(join(bench.engine.work.path, CHECKOUTS));

    it('serves all workspaces that are near it', async () => {
      const bench = await overlayBench({ 'a.txt': 'a', 'b/c.txt': 'c' });
      await bench.run('echo more >> a.txt; rm b/c.txt');
      expect((await bench.run('cat a.txt; ls b')).stdout).toBe('amore\n');
      const other = await forkWorkspace(bench.engine, 'other');
      write(other, 'b/d.txt', 'd');
      expect((await runnerOf(other, bench.strategy)('ls b')).stdout).toBe('c.txt\nd.txt\n');
      expect(names(bench)).toHaveLength(1);
    });

    it('is made anew for a tree that is far from it', async () => {
      const bench = await overlayBench({ 'a.txt': 'a' });
      await bench.run('true');
      await bench.run('for i in $(seq 100); do echo $i > $i.txt; done');
      expect((await bench.run('ls | wc -l')).stdout).toBe('101\n');
      const other = runnerOf(await forkWorkspace(bench.engine, 'other'), bench.strategy);
      expect((await other('ls')).stdout).toBe('a.txt\n');
    });

    it.each([
      ['edited', (tree: string): void => writeFileSync(join(tree, 'a.txt'), 'X')],
      ['incomplete', (tree: string): void => rmSync(join(tree, 'b.txt'))],
    ])('that was %s is found out and made anew', async (_, damage) => {
      const { engine, core, run } = await overlayBench({ 'a.txt': 'a', 'b.txt': 'b' });
      await run('true');
      for (const name of readdirSync(join(engine.work.path, CHECKOUTS))) {
        damage(join(engine.work.path, CHECKOUTS, name, 'tree'));
      }
      // As another process would find it.
      const result = await runnerOf(core, overlayOf(engine))('cat a.txt b.txt');
      expect(result).toMatchObject({ stdout: 'ab', changes: [] });
      expect(listWorkspace(core)).toEqual({ 'a.txt': '644 a', 'b.txt': '644 b' });
    });

    it('is used again by the next process', async () => {
      const bench = await overlayBench({ 'a.txt': 'a' });
      await bench.run('true');
      const [name = ''] = names(bench);
      const path = join(bench.engine.work.path, CHECKOUTS, name, 'tree', 'a.txt');
      const { ino } = lstatSync(path);
      await runnerOf(bench.core, overlayOf(bench.engine))('true');
      expect(lstatSync(path).ino).toBe(ino);
    });
  });

  describe('what an earlier run has left', () => {
    it('is not relied on after the machine was started anew', async () => {
      const { engine, core, run } = await overlayBench({ 'a.txt': 'a', '.gitignore': 'kept\n' });
      await run('echo changed > a.txt; echo mine > kept');
      await run('true');
      // As a power cut may leave it: a file that was never synced, and the note about it.
      const layers = layersPlace(engine.layers, core.uuid);
      writeFileSync(join(layers.path, 'difference/a.txt'), '');
      const note = join(layers.path, 'state.json');
      const { boot, signature: _, ...known } = JSON.parse(readFileSync(note, 'utf8'));
      expect(boot).toMatch(/^[0-9a-f-]{36}$/);
      const fields = { ...known, boot: 'another' };
      const signature = engine.signer.sign(`layers ${layers.name}`, JSON.stringify(fields));
      writeFileSync(note, JSON.stringify({ ...fields, signature }));
      expect((await run('cat a.txt kept')).stdout).toBe('changed\nmine\n');
    });

    it('is dropped unless it was stored', async () => {
      const { engine, core, strategy, run } = await overlayBench({
        '.gitignore': 'dist/\n',
        'a.txt': 'a',
      });
      await run('echo b > b.txt; mkdir dist; echo d > dist/d');
      const prepared = await strategy.prepare({
        workspace: core.number,
        ignored: { stock: '', state: 0 },
        tree: core.working.foldedRoot(),
        directory: core.workPlace,
        base: engine.basePath,
        isolation: { profile: undefined, limits: {} },
      });
      const { cwd } = prepared.launch({ env: {}, program: 'true', workdir: ROOT });
      writeFiles(cwd, { 'a.txt': 'half', 'c/d': 'new' });
      // Nobody settles or discards: the host is gone.
      const result = await runnerOf(core, overlayOf(engine))('cat a.txt b.txt dist/d; ls');
      expect(result).toMatchObject({ stdout: 'ab\nd\na.txt\nb.txt\ndist\n', changes: [] });
      prepared.discard();
    });
  });
});
