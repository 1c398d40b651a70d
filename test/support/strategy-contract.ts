/**
 * What every run strategy promises, whatever it does to keep it. A strategy's own test calls this
 * with a function that makes one, and adds only what is particular to it.
 *
 * Commands are started through the workspace, so that a strategy is tested as it is used.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command, RunOptions, RunResult } from '../../src/index.ts';
import type { RunStrategy } from '../../src/runner/strategy.ts';
import type { Engine } from '../../src/workspace/core/engine.ts';
import type { WorkspaceCore } from '../../src/workspace/core/workspace-core.ts';
import {
  type Files,
  forkWorkspace,
  handleOn,
  listWorkspace,
  openTestEngine,
  temporaryDirectory,
  write,
} from './run-fixture.ts';
import { differingPaths, listCommand, randomScript, seeds } from './shell-operations.ts';

/** Makes the strategy under test for an open engine. */
export type StrategyFactory = (engine: Engine) => RunStrategy;

const PROJECT: Files = {
  '.gitignore': 'dist/\n*.log\n',
  'README.md': 'read me\n',
  'src/main.ts': 'main\n',
  'src/lib/one.ts': 'one\n',
  'src/lib/two.ts': 'two\n',
  'node_modules/dep/index.js': 'dep\n',
  'dist/out.js': 'built\n',
};

/** Leaves a socket behind. */
const SOCKET = `'${process.execPath}' -e 'require("net").createServer().listen("sock", () => process.exit())'`;

/** A workspace and a way to run commands in it. */
interface Bench {
  readonly engine: Engine;
  readonly core: WorkspaceCore;
  readonly base: string;
  run(command: Command, options?: RunOptions): Promise<RunResult>;
}

async function bench(factory: StrategyFactory, files: Files = PROJECT): Promise<Bench> {
  const base = temporaryDirectory(files);
  const engine = openTestEngine(base);
  const core = await forkWorkspace(engine);
  const workspace = handleOn(core, [factory(engine)]);
  return {
    engine,
    core,
    base,
    run: (command, options) => workspace.run(command, { ...options, encoding: 'utf8' }),
  };
}

function summary({ changes }: RunResult): string[] {
  return changes.map(
    ({ type, path, from }) => `${type} ${from === undefined ? '' : `${from} `}${path}`,
  );
}

/** Describes the strategy by what it promises. */
export function describeStrategy(name: string, factory: StrategyFactory): void {
  describe(`the ${name} strategy shows`, () => {
    it('the tree of the workspace, byte for byte, and captures nothing when nothing changes', async () => {
      const { core, run } = await bench(factory);
      write(core, 'bin/tool', '#!/bin/sh\necho tool\n', 0o755);
      const result = await run('bin/tool; cat src/lib/one.ts; find . -name "*.ts" | sort');
      expect(result.stdout).toBe('tool\none\n./src/lib/one.ts\n./src/lib/two.ts\n./src/main.ts\n');
      expect(result).toMatchObject({ changes: [], operationId: null, discarded: false });
      expect(result).toMatchObject({ warnings: [], strategy: factory(core.engine).name });
    });

    it('what changed through the API between two runs', async () => {
      const { core, run } = await bench(factory);
      await run('true');
      write(core, 'src/main.ts', 'new main\n');
      write(core, 'later.txt', 'later\n');
      expect((await run('cat src/main.ts later.txt')).stdout).toBe('new main\nlater\n');
    });

    it('the base as it was at the fork, whatever happens to the base later', async () => {
      const { base, run } = await bench(factory);
      await run('true');
      writeFileSync(join(base, 'src/main.ts'), 'edited in the base\n');
      expect((await run('cat src/main.ts')).stdout).toBe('main\n');
    });

    it('ignored content, whose changes are private, kept and never captured', async () => {
      const { base, core, run } = await bench(factory);
      const first = await run(
        'cat node_modules/dep/index.js dist/out.js && echo mine > node_modules/dep/index.js' +
          ' && echo more > dist/new.js && rm dist/out.js && echo x > a.log',
      );
      expect(first).toMatchObject({ exitCode: 0, stdout: 'dep\nbuilt\n', changes: [] });
      expect((await run('cat node_modules/dep/index.js dist/* a.log')).stdout).toBe(
        'mine\nmore\nx\n',
      );
      expect(readFileSync(join(base, 'node_modules/dep/index.js'), 'utf8')).toBe('dep\n');
      expect(existsSync(join(base, 'dist/out.js'))).toBe(true);
      expect(Object.keys(listWorkspace(core))).not.toContain('a.log');
    });

    it('an ignored single file likewise', async () => {
      const { base, core, run } = await bench(factory);
      writeFileSync(join(base, 'secret.log'), 'KEY=1\n');
      const first = await run('cat secret.log; echo KEY=2 > secret.log; echo x > other.log');
      expect(first).toMatchObject({ stdout: 'KEY=1\n', changes: [], warnings: [] });
      expect((await run('cat secret.log other.log; rm secret.log')).stdout).toBe('KEY=2\nx\n');
      expect((await run('ls *.log')).stdout).toBe('other.log\n');
      expect(readFileSync(join(base, 'secret.log'), 'utf8')).toBe('KEY=1\n');
      expect(Object.keys(listWorkspace(core))).not.toContain('secret.log');
    });

    it('tells the command where it is', async () => {
      const { base, run } = await bench(factory);
      const result = await run('pwd; echo $AGENTFS_WORKDIR $AGENTFS_BASE $AGENTFS_WORKSPACE');
      const [pwd, variables] = result.stdout.split('\n');
      expect(variables).toBe(`${pwd} ${base} work`);
    });
  });

  describe(`the ${name} strategy captures`, () => {
    it('additions, edits, deletions, renames, modes and links', async () => {
      const { core, run } = await bench(factory);
      const result = await run(
        'echo new > new.txt; echo more >> src/main.ts; rm README.md; mv src/lib lib;' +
          ' chmod 755 lib/one.ts; ln -s src/main.ts link; mkdir -m 700 empty',
      );
      expect(summary(result)).toEqual([
        'deleted README.md',
        'added empty',
        'renamed src/lib/one.ts lib/one.ts',
        'renamed src/lib/two.ts lib/two.ts',
        'added link',
        'added new.txt',
        'modified src/main.ts',
      ]);
      expect(listWorkspace(core)).toEqual({
        '.gitignore': '644 dist/\n*.log\n',
        empty: '700/',
        lib: '755/',
        'lib/one.ts': '755 one\n',
        'lib/two.ts': '644 two\n',
        link: '-> src/main.ts',
        'new.txt': '644 new\n',
        src: '755/',
        'src/main.ts': '644 main\nmore\n',
      });
    });

    it('a directory that gives way to a file or a link, and back', async () => {
      const { core, run } = await bench(factory);
      await run(
        'rm -r src/lib; echo file > src/lib; rm README.md; mkdir README.md; touch README.md/x',
      );
      expect(listWorkspace(core)).toMatchObject({
        'src/lib': '644 file\n',
        'README.md': '755/',
        'README.md/x': '644 ',
      });
      await run(
        'rm -r README.md; ln -s /etc README.md; rm src/lib; mkdir src/lib; echo 1 > src/lib/one.ts',
      );
      const listing = listWorkspace(core);
      expect(listing).toMatchObject({ 'README.md': '-> /etc', 'src/lib/one.ts': '644 1\n' });
      expect(Object.keys(listing)).not.toContain('src/lib/two.ts');
    });

    it('a deletion in a directory whose mode changes at the same time', async () => {
      const { core, run } = await bench(factory);
      await run('rm src/lib/one.ts; chmod 700 src/lib; rm -r src/main.ts; chmod 711 src');
      const listing = listWorkspace(core);
      expect(listing).toMatchObject({
        src: '711/',
        'src/lib': '700/',
        'src/lib/two.ts': '644 two\n',
      });
      expect(Object.keys(listing)).not.toContain('src/lib/one.ts');
      expect(Object.keys(listing)).not.toContain('src/main.ts');
    });

    it('an edit that keeps size and times', async () => {
      const { core, run } = await bench(factory);
      await run('true');
      const result = await run(
        'touch -r src/main.ts stamp; echo niam > src/main.ts; touch -r stamp src/main.ts; rm stamp',
      );
      expect(summary(result)).toEqual(['modified src/main.ts']);
      expect(listWorkspace(core)['src/main.ts']).toBe('644 niam\n');
    });

    it('the deletion of everything', async () => {
      const { core, run } = await bench(factory);
      await run('rm -rf ./* ./.gitignore');
      expect(listWorkspace(core)).toEqual({});
      expect((await run('ls -A')).stdout.split('\n')).not.toContain('src');
    });

    it('nothing when a file is only touched or replaced by the same', async () => {
      const { run } = await bench(factory);
      const result = await run(
        'touch README.md; cp src/main.ts x && mv x src/main.ts; chmod 600 README.md; chmod 644 README.md',
      );
      expect(result).toMatchObject({ changes: [], operationId: null });
    });

    it('names that look like whiteouts of an overlay as what they are', async () => {
      const { core, run } = await bench(factory);
      await run('echo a > .wh.README.md; echo b > .wh..wh..opq');
      expect(listWorkspace(core)).toMatchObject({
        '.wh.README.md': '644 a\n',
        '.wh..wh..opq': '644 b\n',
        'README.md': '644 read me\n',
      });
    });

    it('no FIFO, socket or device, but a warning', async () => {
      const { core, run } = await bench(factory);
      const result = await run(`mkfifo pipe; rm README.md; mkfifo README.md; ${SOCKET}`);
      expect(result.stderr).toBe('');
      expect(result.warnings).toEqual(
        ['README.md', 'pipe', 'sock'].map((path) =>
          expect.objectContaining({ path, kind: 'special' }),
        ),
      );
      expect(summary(result)).toEqual(['deleted README.md']);
      expect(Object.keys(listWorkspace(core))).not.toContain('pipe');
    });

    it('no set-user-id bit', async () => {
      const { core, run } = await bench(factory);
      await run('echo x > tool; chmod 4755 tool');
      expect(listWorkspace(core)['tool']).toBe('755 x\n');
    });

    it('a name that is not UTF-8 as a warning, and every other name exactly', async () => {
      const { core, run } = await bench(factory);
      const result = await run([
        '/bin/sh',
        '-c',
        String.raw`touch "$(printf '\377')" 'a b' 'q"' 'new
line' é`,
      ]);
      expect(result.warnings).toMatchObject([{ kind: 'non-utf8' }]);
      expect(summary(result)).toEqual(['added a b', 'added new\nline', 'added q"', 'added é']);
      expect(Object.keys(listWorkspace(core))).toContain('new\nline');
    });

    it('never .git or .agentfs, at any depth', async () => {
      const { core, run } = await bench(factory);
      const result = await run(
        'mkdir -p .git/hooks src/.git .agentfs src/.agentfs && echo "evil" | tee .git/hooks/post-commit src/.git/config .agentfs/config.toml src/.agentfs/x; echo ok > ok',
      );
      expect(summary(result)).toEqual(['added ok']);
      expect(
        Object.keys(listWorkspace(core)).filter((path) => /agentfs|git\b(?!ignore)/.test(path)),
      ).toEqual([]);
    });

    it('a sparse file at its length', async () => {
      const { run } = await bench(factory);
      const result = await run('truncate -s 64M sparse');
      expect(result.changes).toMatchObject([{ path: 'sparse', after: { size: 64 * 1024 * 1024 } }]);
      expect((await run('stat -c %s sparse')).stdout).toBe('67108864\n');
    });

    it('a thousand new files as one step', async () => {
      const { core, run } = await bench(factory);
      const result = await run('mkdir many; for i in $(seq 1000); do echo $i > many/$i; done');
      expect(result.changes).toHaveLength(1000);
      const rows = core.engine.store.audit.select({ workspace: core.number, limit: 5000 });
      // Each path, the directory and the run itself.
      expect(rows).toHaveLength(1002);
      expect(new Set(rows.map(({ commandId }) => commandId))).toEqual(new Set([result.commandId]));
      expect(core.engine.store.operations.list(core.number, 10)).toHaveLength(1);
    });

    it.each(seeds(6))('exactly what random shell operations leave (seed %i)', async (seed) => {
      const { core, run } = await bench(factory);
      for (let round = 0; round < 5; round++) {
        const before = listWorkspace(core);
        const result = await run(`${randomScript(seed * 100 + round)}\n${listCommand()}`);
        expect(result).toMatchObject({ exitCode: 0, stderr: '', warnings: [] });
        const after = listWorkspace(core);
        expect(after).toEqual(JSON.parse(result.stdout));
        expect(changedPaths(result)).toEqual(differingPaths(before, after));
        const again = await run(listCommand());
        expect(JSON.parse(again.stdout)).toEqual(after);
        expect(again.changes).toEqual([]);
      }
    });

    it.each(seeds(3))('nothing of random operations that are dropped (seed %i)', async (seed) => {
      const { core, run } = await bench(factory);
      await run(randomScript(seed));
      const before = listWorkspace(core);
      const options = { rollbackOnFailure: true };
      const result = await run(`${randomScript(seed + 1000)}\nexit 1`, options);
      expect(result).toMatchObject({ exitCode: 1, discarded: true });
      expect(listWorkspace(core)).toEqual(before);
      expect(JSON.parse((await run(listCommand())).stdout)).toEqual(before);
    });
  });

  describe(`the ${name} strategy recovers`, () => {
    it('after a run whose changes were dropped', async () => {
      const { core, run } = await bench(factory);
      const before = listWorkspace(core);
      const failed = await run('echo x > README.md; rm -r src; exit 3', {
        rollbackOnFailure: true,
      });
      expect(failed).toMatchObject({ exitCode: 3, discarded: true, operationId: null });
      expect(summary(failed)).toContain('modified README.md');
      expect(listWorkspace(core)).toEqual(before);
      expect((await run('cat README.md src/main.ts')).stdout).toBe('read me\nmain\n');
    });

    it('from whatever an earlier run has left in its files', async () => {
      const { core, engine, run } = await bench(factory);
      const strategy = factory(engine);
      const prepared = await strategy.prepare({
        workspace: core.number,
        ignored: { stock: '', state: 0 },
        tree: core.working.foldedRoot(),
        directory: core.workPlace,
        base: engine.basePath,
        isolation: { profile: undefined, limits: {} },
      });
      prepared.discard();
      expect((await run('cat README.md; ls')).stdout).toContain('read me\n');
      expect((await run('true')).changes).toEqual([]);
    });

    it('from a removed directory', async () => {
      const { core, run } = await bench(factory);
      await run('echo x > x');
      spawnSync('rm', ['-rf', core.workDirectory]);
      expect((await run('cat x node_modules/dep/index.js')).stdout).toBe('x\ndep\n');
    });
  });
}

function changedPaths(result: RunResult): string[] {
  return result.changes
    .flatMap(({ path, from }) => (from === undefined ? [path] : [from, path]))
    .sort();
}
