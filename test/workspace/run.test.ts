import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileSystemError } from '../../src/primitives/errors.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { DirectoryStrategy } from '../../src/runner/directory/directory-strategy.ts';
import type { RunStrategy } from '../../src/runner/strategy.ts';
import { undoOperation } from '../../src/snapshot/undo.ts';
import { directoryContext } from '../../src/workspace/commands/directory-context.ts';
import { materialize } from '../../src/workspace/commands/materialized.ts';
import { followCommand, runCommand } from '../../src/workspace/commands/run-command.ts';
import { CommandError, CommandTimeoutError } from '../../src/workspace/commands/run-errors.ts';
import { runDefaults } from '../../src/workspace/commands/run-limits.ts';
import type { RunOptions } from '../../src/workspace/commands/run-options.ts';
import type { RunHost } from '../../src/workspace/commands/run-process.ts';
import {
  type RunStream,
  type RunStreamOptions,
  streamCommand,
} from '../../src/workspace/commands/run-stream.ts';
import type { ChangeNotice, WorkspaceCore } from '../../src/workspace/core/workspace-core.ts';
import { remove } from '../../src/workspace/files/edit-files.ts';
import { addSnapshot } from '../store/fixtures.ts';
import { compiledModule } from '../support/compiled.ts';
import { markedProcesses, until } from '../support/processes.ts';
import {
  type Files,
  forkWorkspace,
  listDirectory,
  listWorkspace,
  openTestEngine,
  temporaryDirectory,
  write,
  writeFiles,
} from '../support/run-fixture.ts';

const FILES: Files = { 'a.txt': 'a\n', 'src/b.txt': 'b\n' };

async function workspace(
  files: Files = FILES,
  changes: Parameters<typeof forkWorkspace>[2] = {},
): Promise<WorkspaceCore> {
  return forkWorkspace(openTestEngine(temporaryDirectory(files)), 'work', changes);
}

function hostOf(core: WorkspaceCore, more: Partial<RunHost> = {}): RunHost {
  const strategies = [new DirectoryStrategy(directoryContext(core.engine))];
  return { strategies, env: process.env, ...more };
}

function run(core: WorkspaceCore, command: string | readonly string[], options?: RunOptions) {
  return runCommand(core, hostOf(core), command, { ...options, encoding: 'utf8' });
}

function stream(core: WorkspaceCore, command: string, options?: RunStreamOptions): RunStream {
  const host = hostOf(core);
  const defaults = runDefaults(core);
  return streamCommand((...to) => followCommand(core, host, ...to), defaults, command, options);
}

/** Rows of the audit log, oldest first. */
function audit(core: WorkspaceCore) {
  return core.engine.store.audit.select({ workspace: core.number, limit: 10_000 });
}

/** Resolves when the command has made the file, which says how far it is. */
function reached(core: WorkspaceCore, file: string): Promise<void> {
  return until(() => existsSync(join(core.workDirectory, file)));
}

describe('a run', () => {
  it('gives back everything about the command', async () => {
    const core = await workspace();
    const result = await run(core, 'echo out; echo err >&2; echo new > new; exit 7');
    expect(result).toMatchObject({
      command: 'echo out; echo err >&2; echo new > new; exit 7',
      exitCode: 7,
      signal: null,
      failed: true,
      timedOut: false,
      aborted: false,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
      discarded: false,
      strategy: 'directory',
      warnings: [],
    });
    expect(result.changes).toMatchObject([{ type: 'added', path: 'new', kind: 'file' }]);
    expect(result.operationId).toBe(core.working.row().operation);
  });

  it('is one step that undo takes back', async () => {
    const core = await workspace();
    write(core, 'mine.txt', 'mine');
    const before = listWorkspace(core);
    await run(core, 'rm -r src; echo x > x; echo y >> mine.txt');
    core.working.change(undoOperation);
    expect(listWorkspace(core)).toEqual(before);
    expect((await run(core, 'cat mine.txt src/b.txt; ls')).stdout).toBe(
      'mineb\na.txt\nmine.txt\nsrc\n',
    );
  });

  it('leaves the base untouched', async () => {
    const core = await workspace();
    const before = listDirectory(core.engine.basePath);
    await run(core, 'rm -r src; echo x > x; chmod 600 a.txt');
    expect(listDirectory(core.engine.basePath)).toEqual(before);
  });

  it('tells who listens of the changes, once they are stored', async () => {
    const core = await workspace();
    const notices: ChangeNotice[] = [];
    core.listen((changes) => {
      expect(Object.keys(listWorkspace(core))).toContain('new');
      notices.push(...changes);
    });
    const results: unknown[] = [];
    const host = hostOf(core, { afterRun: (each) => results.push(each) });
    const result = await runCommand(core, host, 'echo n > new; rm a.txt; chmod 700 src/b.txt');
    expect(notices.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'deleted a.txt',
      'added new',
      'mode src/b.txt',
    ]);
    expect(results).toEqual([result]);
  });

  it('does not begin when a hook before it throws', async () => {
    const core = await workspace();
    const asked: unknown[] = [];
    const veto = hostOf(core, {
      beforeRun: async (command) => {
        asked.push(command);
        throw new Error('not this one');
      },
    });
    await expect(runCommand(core, veto, ['touch', 'x'])).rejects.toThrow('not this one');
    expect(asked).toEqual([['touch', 'x']]);
    expect(audit(core)).toEqual([]);
    expect((await run(core, 'ls')).stdout).toBe('a.txt\nsrc\n');
  });

  it('takes input, output as bytes, and an environment of its own', async () => {
    const core = await workspace();
    const options = { encoding: 'buffer', input: Buffer.from([0, 255]) } as const;
    const result = await runCommand(core, hostOf(core), 'cat', options);
    expect(result.stdout).toEqual(Buffer.from([0, 255]));
    const input = Readable.from(['one ', 'two']);
    expect((await run(core, 'cat', { input })).stdout).toBe('one two');
    const env = { GIVEN: 'yes', HOME: undefined };
    const seen = await run(core, 'echo "$GIVEN$HOME$TOKEN"', { env });
    expect(seen.stdout).toBe('yes\n');
    const bare = await run(core, ['/usr/bin/env'], { inheritEnv: false, env: { ONLY: '1' } });
    expect(bare.stdout.split('\n').map((line) => line.split('=')[0])).toEqual([
      'GIT_CEILING_DIRECTORIES',
      'ONLY',
      'AGENTFS_WORKSPACE',
      'AGENTFS_BASE',
      'AGENTFS_WORKDIR',
      'AGENTFS_COMMAND_ID',
      '',
    ]);
  });

  it('cuts output at the limit, by option or configuration, and says so', async () => {
    const core = await workspace();
    const options = { maxBuffer: 100, limits: { outputBytes: 10 } };
    const result = await run(core, 'echo 0123456789abc', options);
    expect(result).toMatchObject({ stdout: '0123456789', truncated: true, exitCode: 0 });
  });

  it('that cannot be started leaves everything as it was', async () => {
    const core = await workspace();
    const before = listWorkspace(core);
    const failure = run(core, ['no-such-program']);
    await expect(failure).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' });
    expect(listWorkspace(core)).toEqual(before);
    expect(audit(core)).toEqual([]);
    expect((await run(core, 'cat a.txt')).stdout).toBe('a\n');
  });

  it('in a deleted workspace is refused', async () => {
    const core = await workspace();
    core.working.change((draft) => {
      draft.row.state = 'deleted';
      draft.touch();
    });
    await expect(run(core, 'true')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
  });

  it('whose content cannot be stored changes nothing', async () => {
    const core = await workspace();
    const strategy = hostOf(core).strategies[0] as RunStrategy;
    // A disk that fails while the changes are stored, after the command has ended.
    const failing: RunStrategy = {
      name: 'directory',
      isolation: (request) => strategy.isolation(request),
      prepare: async (target) => {
        const prepared = await strategy.prepare(target);
        return Object.assign(Object.create(prepared), {
          root: prepared.root,
          env: prepared.env,
          warnings: prepared.warnings,
          launch: prepared.launch.bind(prepared),
          discard: prepared.discard.bind(prepared),
          capture: async () => {
            const capture = await prepared.capture(true);
            return {
              warnings: capture.warnings,
              settle: () => {
                capture.settle();
                throw new FileSystemError('EACCES', 'the disk failed');
              },
            };
          },
        });
      },
    };
    const host = hostOf(core, { strategies: [failing] });
    const failure = runCommand(core, host, 'echo x > x; rm a.txt');
    await expect(failure).rejects.toMatchObject({ code: 'EACCES' });
    expect(listWorkspace(core)).toEqual({
      'a.txt': '644 a\n',
      src: '755/',
      'src/b.txt': '644 b\n',
    });
    expect(audit(core)).toEqual([]);
    expect((await run(core, 'ls')).stdout).toBe('a.txt\nsrc\n');
    expect(core.engine.store.pins.holders()).toEqual([]);
  });
});

describe('changes through the API while a command runs', () => {
  /** Runs a command that waits for `action`, in the middle. */
  async function during(core: WorkspaceCore, before: string, action: () => void, after: string) {
    const command = `${before}; touch waiting; while [ -e waiting ]; do :; done; ${after}`;
    const running = run(core, command);
    await reached(core, 'waiting');
    action();
    execFileSync('rm', [join(core.workDirectory, 'waiting')]);
    return running;
  }

  it('stay, and where both changed a path the command wins', async () => {
    const core = await workspace();
    const edit = (): void => {
      write(core, 'api.txt', 'api');
      write(core, 'a.txt', 'api');
      write(core, 'src/new.txt', 'api');
    };
    const result = await during(core, 'true', edit, 'echo run > a.txt; rm -r src; echo x > x');
    expect(result.changes.map(({ path }) => path)).toEqual(['a.txt', 'src/b.txt', 'x']);
    expect(listWorkspace(core)).toEqual({
      'a.txt': '644 run\n',
      'api.txt': '644 api',
      src: '755/',
      'src/new.txt': '644 api',
      x: '644 x\n',
    });
    // The directory shows what the command left; the next run sees the whole.
    expect((await run(core, 'cat api.txt a.txt x src/*; ls src')).stdout).toBe(
      'apirun\nx\napinew.txt\n',
    );
  });

  it('give way where the command needs directories that they removed or replaced', async () => {
    const core = await workspace();
    const edit = (): void => {
      core.edit((draft) => {
        const effect = remove(draft, parsePath('src'), { recursive: true, force: false });
        return effect === undefined ? [] : [effect];
      });
      write(core, 'src', 'a file now');
    };
    await during(
      core,
      'true',
      edit,
      'echo run > src/b.txt; mkdir -p src/deep/er; touch src/deep/er/x',
    );
    expect(listWorkspace(core)).toEqual({
      'a.txt': '644 a\n',
      src: '755/',
      'src/b.txt': '644 run\n',
      'src/deep': '755/',
      'src/deep/er': '755/',
      'src/deep/er/x': '644 ',
    });
  });

  it('are steps of their own in the history', async () => {
    const core = await workspace();
    await during(core, 'true', () => write(core, 'api.txt', 'api'), 'echo run > run.txt');
    core.working.change(undoOperation);
    expect(Object.keys(listWorkspace(core))).toEqual(['a.txt', 'api.txt', 'src', 'src/b.txt']);
  });
});

describe('one run at a time', () => {
  it('waits for earlier runs of the same process', async () => {
    const core = await workspace();
    const one = 'for i in 1 2 3; do echo one >> log; done';
    const two = 'cat log; for i in 1 2 3; do echo two >> log; done';
    const [, second] = await Promise.all([run(core, one), run(core, two)]);
    expect(second.stdout).toBe('one\n'.repeat(3));
    expect(listWorkspace(core)['log']).toBe(`644 ${'one\n'.repeat(3)}${'two\n'.repeat(3)}`);
  });

  it('of all processes: another one is told that the workspace is busy', async () => {
    const core = await workspace();
    const child = await hostProcess(core, 'touch started; while [ ! -e end ]; do :; done; rm end');
    await reached(core, 'started');
    await expect(run(core, 'true')).rejects.toMatchObject({
      name: 'WorkspaceBusyError',
      code: 'WORKSPACE_BUSY',
      details: { pid: child.process.pid },
    });
    await expect(materialize(core)).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
    writeFileSync(join(core.workDirectory, 'end'), '');
    expect(JSON.parse(await child.output)).toMatchObject({ exitCode: 0, operationId: 1 });
    expect((await run(core, 'ls')).stdout).toBe('a.txt\nsrc\nstarted\n');
  });

  it('survives the death of the host: the workspace is as before, and nothing runs', async () => {
    const core = await workspace();
    const command =
      'echo half > a.txt; rm -r src; (setsid sleep 1000 &); ' +
      'echo $AGENTFS_COMMAND_ID > id; mv id started; sleep 1000';
    const child = await hostProcess(core, command);
    await reached(core, 'started');
    const commandId = readFileSync(join(core.workDirectory, 'started'), 'utf8').trim();
    expect(await markedProcesses(commandId)).not.toEqual([]);
    child.process.kill('SIGKILL');
    await once(child.process, 'exit');
    await until(async () => (await markedProcesses(commandId)).length === 0);
    expect(listWorkspace(core)).toEqual({
      'a.txt': '644 a\n',
      src: '755/',
      'src/b.txt': '644 b\n',
    });
    const next = await run(core, 'cat a.txt src/b.txt; ls');
    expect(next).toMatchObject({ stdout: 'a\nb\na.txt\nsrc\n', changes: [] });
  });

  /** Runs a command in a process of its own. */
  async function hostProcess(
    core: WorkspaceCore,
    command: string,
  ): Promise<{ readonly process: ChildProcess; readonly output: Promise<string> }> {
    const names = {
      openEngine: 'workspace/core/engine.ts',
      WorkspaceCore: 'workspace/core/workspace-core.ts',
      runCommand: 'workspace/commands/run-command.ts',
      directoryContext: 'workspace/commands/directory-context.ts',
      DirectoryStrategy: 'runner/directory/directory-strategy.ts',
    };
    const imports = Object.entries(names).map(
      async ([name, file]) =>
        `import { ${name} } from ${JSON.stringify(await compiledModule(file))};`,
    );
    const script = `${(await Promise.all(imports)).join('\n')}
      const [basePath, command] = process.argv.slice(1);
      const announcer = { emit() {} };
      const engine = openEngine({ basePath, settings: {}, runtime: {}, announcer, env: {} });
      const core = new WorkspaceCore(engine, engine.store.workspaces.find('work'));
      const strategies = [new DirectoryStrategy(directoryContext(engine))];
      const host = { strategies, env: process.env };
      console.log(JSON.stringify(await runCommand(core, host, command)));`;
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', script, core.engine.basePath, command],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    return { process: child, output: text(child.stdout) };
  }
});

describe('a command that fails', () => {
  it('keeps its changes, unless they are to be rolled back', async () => {
    const core = await workspace();
    const kept = await run(core, 'echo x > kept; exit 1');
    expect(kept).toMatchObject({ failed: true, discarded: false });
    const dropped = await run(core, 'echo x > dropped; exit 1', { rollbackOnFailure: true });
    expect(dropped).toMatchObject({ discarded: true, operationId: null });
    expect(dropped.changes).toMatchObject([{ path: 'dropped' }]);
    const success = await run(core, 'echo x > fine', { rollbackOnFailure: true });
    expect(success).toMatchObject({ discarded: false });
    expect(Object.keys(listWorkspace(core))).toEqual(['a.txt', 'fine', 'kept', 'src', 'src/b.txt']);
  });

  it('rejects with its result when that is asked for', async () => {
    const core = await workspace();
    const error = await run(core, 'echo x > x; echo why >&2; exit 3', { check: true }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      code: 'COMMAND_FAILED',
      message: 'The command "echo x > x; echo why >&2; exit 3" exited with status 3.',
      result: { exitCode: 3, stderr: 'why\n', changes: [{ path: 'x' }] },
    });
    expect(Object.keys(listWorkspace(core))).toContain('x');
    expect(await run(core, 'true', { check: true })).toMatchObject({ exitCode: 0 });
  });

  it('by its time is ended with everything that it started', async () => {
    const core = await workspace();
    const command = 'touch x; (sleep 1000 &) ; sleep 1000';
    const result = await run(core, command, { timeout: 300 });
    expect(result).toMatchObject({
      timedOut: true,
      failed: true,
      exitCode: null,
      signal: 'SIGTERM',
    });
    expect(await markedProcesses(result.commandId)).toEqual([]);
    expect(result.changes).toMatchObject([{ path: 'x' }]);
    const error = await run(core, 'sleep 1000', { timeout: 50, check: true }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(CommandTimeoutError);
    expect(error).toMatchObject({ code: 'COMMAND_TIMEOUT', result: { timedOut: true } });
    const limited = await run(core, 'sleep 1000', { timeout: 0, limits: { runtimeMs: 50 } });
    expect(limited).toMatchObject({ timedOut: true });
  });

  it('through its signal says so; one that was aborted before never begins', async () => {
    const core = await workspace();
    const abort = new AbortController();
    const running = run(core, 'touch started; sleep 1000', { signal: abort.signal });
    await reached(core, 'started');
    abort.abort();
    expect(await running).toMatchObject({ aborted: true, failed: true, timedOut: false });
    const failure = run(core, 'touch never', { signal: AbortSignal.abort() });
    await expect(failure).rejects.toMatchObject({ code: 'ABORTED' });
    expect(Object.keys(listWorkspace(core))).toEqual(['a.txt', 'src', 'src/b.txt', 'started']);
  });
});

describe('changes are dropped', () => {
  it.each([
    ['read-only', { readOnly: true }],
    ['frozen', { state: 'frozen' }],
    ['archived', { state: 'archived' }],
    ['expired', { expiresAt: 1 }],
  ] as const)('in a workspace that is %s', async (_, changes) => {
    const core = await workspace(FILES, changes);
    const before = listWorkspace(core);
    const result = await run(core, 'cat a.txt; echo x > a.txt');
    expect(result).toMatchObject({
      stdout: 'a\n',
      exitCode: 0,
      discarded: true,
      operationId: null,
    });
    expect(result.changes).toMatchObject([{ type: 'modified', path: 'a.txt' }]);
    expect(listWorkspace(core)).toEqual(before);
    expect((await run(core, 'cat a.txt')).stdout).toBe('a\n');
    expect(audit(core)).toMatchObject([{ operation: 'run' }, { operation: 'run' }]);
  });

  it('in a snapshot, which the command sees in place of the workspace', async () => {
    const core = await workspace();
    const { store } = core.engine;
    store.database.transaction(() => {
      addSnapshot(store, core.number, 'first', core.working.row().root);
    });
    write(core, 'a.txt', 'now');
    const result = await run(core, 'cat a.txt; echo x > x', { snapshot: 'first' });
    expect(result).toMatchObject({ stdout: 'a\n', discarded: true, changes: [{ path: 'x' }] });
    expect((await run(core, 'cat a.txt; ls')).stdout).toBe('nowa.txt\nsrc\n');
    await expect(run(core, 'true', { snapshot: 'second' })).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_FOUND',
    });
  });

  it('never for a workspace of another agent: there nothing runs', async () => {
    const engine = openTestEngine(temporaryDirectory(FILES), {}, { agentId: 'one' });
    const core = await forkWorkspace(engine, 'work', { agentId: 'other' });
    await expect(run(core, 'true')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(materialize(core)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(existsSync(core.workDirectory)).toBe(false);
  });
});

describe('the audit log of a run', () => {
  it('has a row for the command and one for each path, with its id', async () => {
    const core = await workspace();
    const result = await run(core, 'echo n > new; rm a.txt; echo x >> src/b.txt; chmod 700 src');
    const rows = audit(core);
    expect(rows.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
      'run ',
      'delete a.txt',
      'create new',
      'chmod src',
      'write src/b.txt',
    ]);
    expect(new Set(rows.map(({ commandId }) => commandId))).toEqual(new Set([result.commandId]));
    expect(rows[4]).toMatchObject({ beforeSize: 2, afterSize: 4 });
    expect(JSON.parse(rows[0]?.metadata ?? '')).toMatchObject({
      command: result.command,
      exitCode: 0,
      timedOut: false,
      discarded: false,
    });
  });

  it('names the variables that were given, and never their values', async () => {
    const canary = 'canary-5c1f9e';
    const core = await workspace();
    const env = { SECRET: canary };
    const command = 'echo $SECRET; echo $SECRET | wc -c > length; exit 1';
    const failure = run(core, command, { env, check: true });
    await expect(failure).rejects.toMatchObject({ result: { stdout: `${canary}\n` } });
    const host = hostOf(core, { env: { ...process.env, INHERITED: canary } });
    expect((await runCommand(core, host, 'echo $INHERITED')).stdout).toBe(`${canary}\n`);
    expect(JSON.parse(audit(core)[0]?.metadata ?? '')).toMatchObject({ env: ['SECRET'] });
    const found = await failure.catch((error: unknown) => JSON.stringify(error));
    expect(found).not.toContain(canary);
    const grep = spawn('grep', ['-rlaF', canary, join(core.engine.basePath, '.agentfs')]);
    expect(await text(grep.stdout)).toBe('');
  });

  it('can be left out, for one run or all', async () => {
    const core = await workspace();
    await run(core, 'echo x > x', { audit: false });
    expect(audit(core)).toEqual([]);
    const off = openTestEngine(temporaryDirectory(FILES), { auditEnabled: false });
    const silent = await forkWorkspace(off);
    expect(await run(silent, 'echo x > x')).toMatchObject({ operationId: 1 });
    expect(audit(silent)).toEqual([]);
  });
});

describe('the directory that a command starts in', () => {
  it('is any directory of the workspace, also by a link and one that is not versioned', async () => {
    const core = await workspace({ ...FILES, 'node_modules/dep/x': 'x' });
    await run(core, 'mkdir -p deep/er; ln -s deep/er short');
    const pwd = async (options: RunOptions): Promise<string> =>
      (await run(core, 'pwd', options)).stdout.trim().slice(core.workDirectory.length);
    expect(await pwd({})).toBe('');
    expect(await pwd({ workdir: '/src' })).toBe('/src');
    expect(await pwd({ cwd: 'deep/er' })).toBe('/deep/er');
    expect(await pwd({ workdir: 'short' })).toBe('/deep/er');
    expect(await pwd({ workdir: 'node_modules/dep' })).toBe('/node_modules/dep');
    expect(await pwd({ workdir: 'src/../deep', cwd: 'deep' })).toBe('/deep');
  });

  it.each([
    ['missing', 'ENOENT'],
    ['src/missing', 'ENOENT'],
    ['a.txt', 'ENOTDIR'],
    ['a.txt/x', 'ENOTDIR'],
    ['..', 'INVALID_PATH'],
    ['/src/../../x', 'INVALID_PATH'],
    ['.git', 'INVALID_PATH'],
    ['outside', 'INVALID_PATH'],
    ['node_modules/outside', 'ENOTDIR'],
    ['a\0b', 'INVALID_PATH'],
  ])('cannot be %j', async (workdir, code) => {
    const core = await workspace();
    await run(core, 'ln -s /etc outside; mkdir node_modules; ln -s /etc node_modules/outside');
    const before = listWorkspace(core);
    await expect(run(core, 'touch x', { workdir })).rejects.toMatchObject({ code });
    expect(listWorkspace(core)).toEqual(before);
  });
});

describe('wrong arguments', () => {
  it.each<[string, unknown, unknown]>([
    ['command', '', {}],
    ['command', 5, {}],
    ['command[1]', ['echo', 5], {}],
    ['options', 'true', 'now'],
    ['env', 'true', { env: 'A=1' }],
    ['env.A', 'true', { env: { A: 1 } }],
    ['inheritEnv', 'true', { inheritEnv: 1 }],
    ['workdir', 'true', { workdir: 1 }],
    ['cwd', 'true', { cwd: 1 }],
    ['cwd', 'true', { workdir: 'src', cwd: '/' }],
    ['timeout', 'true', { timeout: -1 }],
    ['timeout', 'true', { timeout: '1s' }],
    ['capture', 'true', { capture: 'no' }],
    ['captureOutput', 'true', { capture: true, captureOutput: false }],
    ['input', 'true', { input: 5 }],
    ['signal', 'true', { signal: {} }],
    ['shell', 'true', { shell: 5 }],
    ['encoding', 'true', { encoding: 'latin1' }],
    ['maxBuffer', 'true', { maxBuffer: 1.5 }],
    ['killSignal', 'true', { killSignal: 'SIGNOTHING' }],
    ['check', 'true', { check: 1 }],
    ['audit', 'true', { audit: 1 }],
    ['rollbackOnFailure', 'true', { rollbackOnFailure: 1 }],
    ['strategy', 'true', { strategy: 'container' }],
    ['sandbox', 'true', { sandbox: 'strict' }],
    ['limits', 'true', { limits: 5 }],
    ['limits.memoryBytes', 'true', { limits: { memoryBytes: 0 } }],
    ['limits.runtimeMs', 'true', { limits: { runtimeMs: '1' } }],
  ])('are refused by name before anything happens: %s', async (name, command, options) => {
    const core = await workspace();
    const failure = runCommand(core, hostOf(core), command as string, options as RunOptions);
    await expect(failure).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`${name} must be`),
    });
    expect(existsSync(core.workDirectory)).toBe(false);
  });

  it.each<[RunOptions]>([
    [{ sandbox: 'standard' }],
    [{ sandbox: 'restricted' }],
    [{ strategy: 'overlay' }],
    [{ limits: { memoryBytes: 1 } }],
  ])('that no strategy can give are refused, never weakened: %j', async (options) => {
    const core = await workspace();
    const failure = run(core, 'true', options);
    await expect(failure).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(existsSync(core.workDirectory)).toBe(false);
  });

  it('of the configuration hold for every run', async () => {
    const base = temporaryDirectory(FILES);
    const core = await forkWorkspace(openTestEngine(base, { sandbox: { profile: 'standard' } }));
    await expect(run(core, 'true')).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(await run(core, 'true', { sandbox: 'none' })).toMatchObject({ exitCode: 0 });
  });
});

describe('a stream', () => {
  async function lines(source: AsyncIterable<string>): Promise<string[]> {
    const all: string[] = [];
    for await (const line of source) all.push(line);
    return all;
  }

  it('gives the lines with their terminators, and then everything is stored', async () => {
    const core = await workspace();
    const running = stream(core, 'echo one; echo x > x; printf two');
    expect(await running).toBe(running);
    expect(await lines(running)).toEqual(['one\n', 'two']);
    expect(Object.keys(listWorkspace(core))).toContain('x');
    expect(await running.result).toMatchObject({ exitCode: 0, stdout: 'one\ntwo' });
  });

  it('gives one output or both', async () => {
    const core = await workspace();
    const command = 'echo out; echo err >&2';
    expect(await lines(stream(core, command, { streams: 'stderr' }))).toEqual(['err\n']);
    expect(await lines(stream(core, command, { streams: 'stdout' }))).toEqual(['out\n']);
    expect((await lines(stream(core, command))).sort()).toEqual(['err\n', 'out\n']);
    const wrong = (): RunStream => stream(core, command, { streams: 'stdin' as 'both' });
    expect(wrong).toThrow('streams must be');
  });

  it('that is left early kills the command, and its changes are stored', async () => {
    const core = await workspace();
    const running = stream(core, 'echo x > x; echo ready; (sleep 1000 &) ; sleep 1000');
    for await (const line of running) {
      expect(line).toBe('ready\n');
      break;
    }
    expect(Object.keys(listWorkspace(core))).toContain('x');
    const result = await running.result;
    expect(result).toMatchObject({ signal: 'SIGKILL', failed: true });
    expect(await markedProcesses(result.commandId)).toEqual([]);
  });

  it('can be killed, also before the command has begun', async () => {
    const core = await workspace();
    const running = stream(core, 'echo ready; sleep 1000');
    const read: string[] = [];
    for await (const line of running) {
      read.push(line);
      running.kill();
    }
    expect(read).toEqual(['ready\n']);
    expect(await running.result).toMatchObject({ signal: 'SIGTERM' });
    const early = stream(core, 'touch never');
    early.kill();
    await expect(early.result).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(lines(early)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(Object.keys(listWorkspace(core))).not.toContain('never');
  });

  it('need not be read', async () => {
    const core = await workspace();
    const result = await stream(core, 'seq 1000; echo x > x').result;
    expect(result.stdout.split('\n')).toHaveLength(1001);
    expect(result.changes).toMatchObject([{ path: 'x' }]);
  });

  it('throws what goes wrong, a failed command only with check', async () => {
    const core = await workspace();
    expect(await lines(stream(core, 'echo out; exit 2'))).toEqual(['out\n']);
    await expect(lines(stream(core, 'exit 2', { check: true }))).rejects.toBeInstanceOf(
      CommandError,
    );
    await expect(lines(stream(core, 'true', { workdir: 'no' }))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(() => stream(core, 'true', { timeout: -1 })).toThrow('timeout must be');
  });
});

describe('the materialised directory', () => {
  it('shows the workspace and takes up what was edited there, as one step', async () => {
    const core = await workspace();
    const path = await materialize(core);
    expect(path).toBe(core.workDirectory);
    expect(listDirectory(path)).toEqual(listWorkspace(core));
    writeFiles(path, { 'a.txt': 'by hand', 'new/x.txt': 'new' });
    write(core, 'api.txt', 'api');
    await materialize(core);
    expect(listWorkspace(core)).toEqual({
      'a.txt': '644 by hand',
      'api.txt': '644 api',
      new: '755/',
      'new/x.txt': '644 new',
      src: '755/',
      'src/b.txt': '644 b\n',
    });
    expect(listDirectory(path)).toEqual(listWorkspace(core));
    const [edit, ...rest] = core.engine.store.operations.list(core.number, 5);
    expect([edit?.kind, rest.length]).toEqual(['edit', 1]);
    const rows = audit(core).filter(({ metadata }) => metadata === '{"source":"directory"}');
    expect(rows.map((row) => row.path)).toEqual(['a.txt', 'new', 'new/x.txt']);
    core.working.change(undoOperation);
    await materialize(core);
    expect(listDirectory(path)).toMatchObject({ 'a.txt': '644 a\n', 'api.txt': '644 api' });
  });

  it('costs nothing when nothing happened, and a run may follow', async () => {
    const core = await workspace();
    await materialize(core);
    await materialize(core);
    expect(core.engine.store.operations.list(core.number, 5)).toEqual([]);
    expect(core.engine.store.stats.directory(core.number)?.dirty).toBe(false);
    expect((await run(core, 'echo x > x')).changes).toMatchObject([{ path: 'x' }]);
  });

  it('is put right in a workspace that cannot be changed', async () => {
    const core = await workspace(FILES, { readOnly: true });
    const path = await materialize(core);
    writeFiles(path, { 'a.txt': 'by hand', x: 'x' });
    await materialize(core);
    expect(listDirectory(path)).toEqual(listWorkspace(core));
    expect(listWorkspace(core)['a.txt']).toBe('644 a\n');
  });
});
