import { execFileSync, spawn } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunResult } from '../../src/index.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import type { PreparedRun, RunStrategy } from '../../src/runner/strategy.ts';
import { undoOperation } from '../../src/snapshot/undo.ts';
import type { Engine } from '../../src/workspace/core/engine.ts';
import type { WorkspaceCore } from '../../src/workspace/core/workspace-core.ts';
import { remove } from '../../src/workspace/files/edit-files.ts';
import { isRunning, until } from '../support/processes.ts';
import {
  forkWorkspace,
  handleOn,
  listDirectory,
  listWorkspace,
  openTestEngine,
  strategyOf,
  temporaryDirectory,
  write,
  writeFiles,
} from '../support/run-fixture.ts';
import { describeStrategy } from '../support/strategy-contract.ts';

function directoryOf(engine: Engine): RunStrategy {
  return strategyOf(engine, 'directory');
}

describeStrategy('directory', directoryOf);

function prepare(core: WorkspaceCore): Promise<PreparedRun> {
  return directoryOf(core.engine).prepare({
    workspace: core.number,
    ignored: { stock: '', state: 0 },
    tree: core.working.foldedRoot(),
    directory: core.workPlace,
    base: core.engine.basePath,
    isolation: { profile: undefined, limits: {} },
  });
}

function run(core: WorkspaceCore, command: string, env = process.env): Promise<RunResult> {
  return handleOn(core, [directoryOf(core.engine)], env).run(command);
}

describe('the kept directory', () => {
  it('is for its owner alone and lies where the engine keeps work', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory({ 'a.txt': 'a' })));
    const prepared = await prepare(core);
    expect(prepared.root).toBe(core.workDirectory);
    expect(statSync(prepared.root).mode & 0o777).toBe(0o700);
  });

  it('keeps the files that do not differ from run to run', async () => {
    const base = temporaryDirectory({ 'same.txt': 'same', 'other.txt': 'other' });
    const core = await forkWorkspace(openTestEngine(base));
    await run(core, 'true');
    const inode = (path: string): number => lstatSync(join(core.workDirectory, path)).ino;
    const before = inode('same.txt');
    write(core, 'other.txt', 'changed');
    await run(core, 'true');
    expect(inode('same.txt')).toBe(before);
    expect(readFileSync(join(core.workDirectory, 'other.txt'), 'utf8')).toBe('changed');
  });

  it('counts as touched while a command may run, and is put right after a crash', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory({ 'a.txt': 'a', b: 'b' })));
    const prepared = await prepare(core);
    writeFiles(prepared.root, { 'a.txt': 'half', 'c/d': 'new' });
    // Nobody settles or discards: the host is gone.
    expect(core.engine.store.stats.directory(core.number)?.dirty).toBe(true);
    expect(listDirectory((await prepare(core)).root)).toEqual(listWorkspace(core));
  });

  it('is put right after a tree that could be shown only in part', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory({ 'a.txt': 'a', b: 'b' })));
    await run(core, 'true');
    write(core, 'a.txt', 'new');
    core.edit((draft) => {
      const id = contentId(Buffer.from('never stored'));
      const lost = { kind: 'file', mode: 0o644, mtime: 0, size: 12, files: 1, id } as const;
      draft.set(parsePath('z.txt'), lost);
      return [];
    });
    await expect(prepare(core)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    expect(readFileSync(join(core.workDirectory, 'a.txt'), 'utf8')).toBe('new');
    core.working.change((draft) => undoOperation(draft, () => true));
    expect(listDirectory((await prepare(core)).root)).toEqual({ 'a.txt': '644 a', b: '644 b' });
  });

  it('is rid of the processes that an unfinished run has left in it', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory({ 'a.txt': 'a' })));
    const { root } = await prepare(core);
    const env = { ...process.env, AGENTFS_WORKDIR: root };
    const writer = spawn('/bin/sh', ['-c', 'touch busy; while :; do echo x > a.txt; done'], {
      cwd: root,
      env,
      detached: true,
      stdio: 'ignore',
    });
    onTestFinished(() => void writer.kill('SIGKILL'));
    await until(() => existsSync(join(root, 'busy')));
    await prepare(core);
    expect(isRunning(writer.pid ?? 0)).toBe(false);
    expect(listDirectory(root)).toEqual({ 'a.txt': '644 a' });
  });

  it('is filled from the beginning when the first filling was cut short', async () => {
    const base = temporaryDirectory({ '.gitignore': 'dist/\n', 'dist/out': 'built', 'a.txt': 'a' });
    const core = await forkWorkspace(openTestEngine(base));
    const abort = new AbortController();
    const target = {
      workspace: core.number,
      ignored: { stock: '', state: 0 },
      tree: core.working.foldedRoot(),
      directory: core.workPlace,
      base,
      isolation: { profile: undefined, limits: {} },
      signal: abort.signal,
      // In the middle: the ignored content is there, the rules that say so are not.
      onProgress: () => abort.abort(),
    };
    await expect(directoryOf(core.engine).prepare(target)).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const result = await run(core, 'cat dist/out');
    expect(result).toMatchObject({ stdout: 'built', changes: [] });
  });

  it('is never reached through a link that a command put in its place', async () => {
    const outside = temporaryDirectory({ 'precious.txt': 'precious' });
    const core = await forkWorkspace(openTestEngine(temporaryDirectory({ 'a.txt': 'a' })));
    const swap = `cd / && rm -rf "$AGENTFS_WORKDIR" && ln -s '${outside}' "$AGENTFS_WORKDIR"`;
    await expect(run(core, swap)).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(listWorkspace(core)).toEqual({ 'a.txt': '644 a' });
    expect((await run(core, 'cat a.txt')).stdout).toBe('a');
    expect(listDirectory(outside)).toEqual({ 'precious.txt': '644 precious' });
  });

  it('that a command removes leaves the workspace as it was', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory({ 'a.txt': 'a' })));
    const failure = run(core, 'echo b > a.txt; cd / && rm -rf "$AGENTFS_WORKDIR"');
    await expect(failure).rejects.toMatchObject({ code: 'ENOENT', hint: expect.any(String) });
    expect(listWorkspace(core)).toEqual({ 'a.txt': '644 a' });
    expect((await run(core, 'cat a.txt')).stdout).toBe('a');
  });

  it('that a command shuts is opened again', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory({ 'a.txt': 'a' })));
    expect((await run(core, 'echo b > b; chmod 000 .')).changes).toMatchObject([{ path: 'b' }]);
    expect((await run(core, 'cat a.txt b')).stdout).toBe('ab\n');
  });
});

describe('ignored content', () => {
  const files = {
    '.gitignore': 'dist/\n',
    'pkg/index.ts': 'index',
    'pkg/node_modules/dep/i.js': 'dep',
    'node_modules/top/i.js': 'top',
    'dist/out': 'built',
  };

  it('comes from every level of the base, but not into directories that the workspace has deleted', async () => {
    const base = temporaryDirectory({ ...files, 'gone/x': 'x', 'gone/node_modules/y/i.js': 'y' });
    const engine = openTestEngine(base);
    const core = await forkWorkspace(engine);
    writeFiles(base, { 'later/node_modules/z/i.js': 'z', 'unversioned.txt': 'later' });
    core.edit((draft) => {
      const effect = remove(draft, parsePath('gone'), { recursive: true, force: false });
      return effect === undefined ? [] : [effect];
    });
    const result = await run(
      core,
      'cat pkg/node_modules/dep/i.js node_modules/top/i.js dist/out; ls',
    );
    expect(result.stdout).toBe('deptopbuiltdist\nlater\nnode_modules\npkg\n');
    expect(result.changes).toEqual([]);
  });

  it('that the workspace holds a version of is that of the workspace', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory(files)));
    write(core, 'node_modules/top/i.js', 'patched');
    const result = await run(core, 'cat node_modules/top/i.js; echo again > node_modules/top/i.js');
    expect(result).toMatchObject({ stdout: 'patched' });
    expect(result.changes).toMatchObject([{ type: 'modified', path: 'node_modules/top/i.js' }]);
    expect(listWorkspace(core)['node_modules/top/i.js']).toBe('644 again\n');
  });

  it('does not bring back what the base versions all the same and the workspace has deleted', async () => {
    const base = temporaryDirectory({ 'kept.log': 'versioned', 'a.txt': 'a' });
    const engine = openTestEngine(base);
    await engine.base.scan();
    writeFiles(base, { '.gitignore': '*.log\n', 'new.log': 'ignored' });
    const core = await forkWorkspace(engine);
    core.edit((draft) => {
      const effect = remove(draft, parsePath('kept.log'), { recursive: false, force: false });
      return effect === undefined ? [] : [effect];
    });
    expect((await run(core, 'ls')).stdout).toBe('a.txt\nnew.log\n');
  });

  it('is linked when it may be shared, and the links are not captured', async () => {
    const base = temporaryDirectory(files);
    const core = await forkWorkspace(openTestEngine(base, { runner: { ignored: 'link' } }));
    const result = await run(core, 'cat node_modules/top/i.js; echo shared > node_modules/new.js');
    expect(result).toMatchObject({ stdout: 'top', changes: [] });
    expect(readlinkSync(join(core.workDirectory, 'node_modules'))).toBe(join(base, 'node_modules'));
    expect(readFileSync(join(base, 'node_modules/new.js'), 'utf8')).toBe('shared\n');
    expect((await run(core, 'echo x > x')).changes).toMatchObject([{ path: 'x' }]);
  });

  it('is left out when that is wanted', async () => {
    const base = temporaryDirectory(files);
    const core = await forkWorkspace(openTestEngine(base, { runner: { ignored: 'omit' } }));
    expect((await run(core, 'ls')).stdout).toBe('pkg\n');
  });

  it('that cannot be copied is named', async () => {
    const base = temporaryDirectory(files);
    execFileSync('mkfifo', [join(base, 'dist/pipe')]);
    const core = await forkWorkspace(openTestEngine(base));
    expect((await run(core, 'true')).warnings).toMatchObject([
      { path: 'dist/pipe', kind: 'not-copied' },
    ]);
  });
});

describe('git in a command', () => {
  function gitProject(): string {
    const base = temporaryDirectory({ 'a.txt': 'a\n', '.gitignore': '.agentfs\n' });
    const git = (...args: readonly string[]): void => {
      const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t'];
      execFileSync('git', [...identity, ...args], { cwd: base, stdio: 'ignore' });
    };
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    return base;
  }

  const COMMIT =
    'git -c user.name=t -c user.email=t@t commit -q --allow-empty -am second && git log --format=%s';

  it('works on a repository of its own, whatever the host says of git', async () => {
    const base = gitProject();
    const core = await forkWorkspace(openTestEngine(base));
    const env = { ...process.env, GIT_DIR: join(base, '.git'), GIT_WORK_TREE: base };
    const result = await run(core, `echo b >> a.txt; git diff --stat; ${COMMIT}`, env);
    expect(result.stdout).toMatch(/a\.txt \| 1 \+[\s\S]*second\nfirst\n$/);
    expect(result.changes).toMatchObject([{ path: 'a.txt' }]);
    const log = execFileSync('git', ['log', '--format=%s'], { cwd: base, encoding: 'utf8' });
    expect(log).toBe('first\n');
    expect((await run(core, 'git log --format=%s', env)).stdout).toBe('second\nfirst\n');
  });

  it("does not find the base's repository when the workspace has none", async () => {
    const base = gitProject();
    const core = await forkWorkspace(openTestEngine(base, { runner: { ignored: 'omit' } }));
    const result = await run(core, 'git rev-parse --show-toplevel');
    expect(result).toMatchObject({ exitCode: 128, stdout: '' });
  });

  it('does not get the pointer to a repository elsewhere, which is said', async () => {
    const base = temporaryDirectory({ 'a.txt': 'a', '.git': 'gitdir: /somewhere/else\n' });
    const core = await forkWorkspace(openTestEngine(base));
    const result = await run(core, 'ls -A');
    expect(result.stdout).toBe('a.txt\n');
    expect(result.warnings).toMatchObject([{ path: '.git', kind: 'git-file' }]);
  });
});

describe('without workspace binaries', () => {
  it('programs lose their execute bits on disk and keep them in the workspace', async () => {
    const base = temporaryDirectory({ 'tool.sh': '#!/bin/sh\necho ran\n' });
    const settings = { security: { allowWorkspaceBinaries: false } };
    const core = await forkWorkspace(openTestEngine(base, settings));
    write(core, 'tool.sh', '#!/bin/sh\necho ran\n', 0o755);
    expect(await run(core, './tool.sh')).toMatchObject({ exitCode: 126, changes: [] });
    await run(core, 'echo "echo more" >> tool.sh; echo x > plain');
    expect(listWorkspace(core)).toEqual({
      'tool.sh': '755 #!/bin/sh\necho ran\necho more\n',
      plain: '644 x\n',
    });
  });
});

describe('isolation', () => {
  it('is never that of a strategy that there is not', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory()));
    const failure = handleOn(core, [directoryOf(core.engine)]).run('true', { strategy: 'overlay' });
    await expect(failure).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
  });

  it('says honestly that nothing is confined', async () => {
    const core = await forkWorkspace(openTestEngine(temporaryDirectory()));
    expect((await run(core, 'true')).isolation).toMatchObject({
      profile: 'none',
      filesystem: 'cooperative',
      network: 'host',
      processes: 'group',
    });
  });

  it.each([
    { profile: 'standard', limits: {} },
    { profile: 'restricted', limits: {} },
    { profile: undefined, limits: { memoryBytes: 1 } },
    { profile: 'none', limits: { processes: 5 } },
  ] as const)('refuses what it cannot enforce: %j', async (request) => {
    const engine = openTestEngine(temporaryDirectory());
    await expect(directoryOf(engine).isolation(request)).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      hint: expect.any(String),
    });
  });
});
