import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { bundledLibrary } from '../support/compiled.ts';
import { markedProcesses, until } from '../support/processes.ts';
import { FILES, listingOf, reached, run, workspaceOf } from './support/commands.ts';

describe('changes through the API while a command runs', () => {
  /** Runs a command that waits for `action`, in the middle. */
  async function during(
    workspace: Workspace,
    before: string,
    action: () => Promise<void>,
    after: string,
  ) {
    const command = `${before}; touch waiting; while [ -e waiting ]; do :; done; ${after}`;
    const running = run(workspace, command);
    await reached(workspace, 'waiting');
    await action();
    execFileSync('rm', [join(workspace.workDir, 'waiting')]);
    return running;
  }

  it('stay, and are merged with what the command leaves, line by line', async () => {
    const lines = (...changed: string[]): string =>
      ['1', '2', '3', '4', '5', '6', '7']
        .map((n) => `${changed.find((c) => c[0] === n) ?? n}\n`)
        .join('');
    const workspace = await workspaceOf({ ...FILES, 'lines.txt': lines() });
    const edit = async (): Promise<void> => {
      await workspace.writeFile('api.txt', 'api');
      await workspace.writeFile('lines.txt', lines('6 api'));
      await workspace.writeFile('src/new.txt', 'api');
    };
    const command = 'echo run > a.txt; rm src/b.txt; sed -i "s/^2$/2 run/" lines.txt; echo x > x';
    const result = await during(workspace, command, edit, 'true');
    expect(result).toMatchObject({ conflicts: [], conflictSnapshot: null, warnings: [] });
    const merged = {
      'a.txt': '644 run\n',
      'api.txt': '644 api',
      'lines.txt': `644 ${lines('2 run', '6 api')}`,
      src: '755/',
      'src/new.txt': '644 api',
      x: '644 x\n',
    };
    expect(await listingOf(workspace)).toEqual(merged);
    // The next run sees the whole.
    expect((await run(workspace, 'cat api.txt a.txt x lines.txt src/*')).stdout).toBe(
      `apirun\nx\n${lines('2 run', '6 api')}api`,
    );
    await workspace.undo();
    expect(await listingOf(workspace)).toEqual({
      ...{ 'a.txt': '644 a\n', 'api.txt': '644 api', 'lines.txt': `644 ${lines('6 api')}` },
      ...{ src: '755/', 'src/b.txt': '644 b\n', 'src/new.txt': '644 api' },
    });
    await workspace.redo();
    expect(await listingOf(workspace)).toEqual(merged);
  });

  it('win where both changed the same, and both sides can be had', async () => {
    const workspace = await workspaceOf();
    const edit = async (): Promise<void> => {
      await workspace.writeFile('a.txt', 'api');
      await workspace.delete('src', { recursive: true });
    };
    const command = 'echo run > a.txt; echo run > src/b.txt; echo x > x';
    const result = await during(workspace, command, edit, 'true');
    expect(result.conflicts.map(({ path, type }) => [path, type])).toEqual([
      ['a.txt', 'both-modified'],
      ['src/b.txt', 'local-delete'],
    ]);
    const { conflictSnapshot } = result;
    if (conflictSnapshot === null) throw new Error('There is no snapshot.');
    expect(result.warnings).toMatchObject([
      { path: 'a.txt', kind: 'conflict', message: expect.stringContaining(conflictSnapshot) },
      { path: 'src/b.txt', kind: 'conflict', message: expect.stringContaining(conflictSnapshot) },
    ]);
    expect(await listingOf(workspace)).toEqual({ 'a.txt': '644 api', x: '644 x\n' });
    await workspace.snapshot.restore(conflictSnapshot);
    expect(await listingOf(workspace)).toEqual({
      'a.txt': '644 run\n',
      src: '755/',
      'src/b.txt': '644 run\n',
      x: '644 x\n',
    });
    await workspace.undo();
    await workspace.undo();
    expect(await listingOf(workspace)).toEqual({ 'a.txt': '644 api' });
  });

  it('of a session are merged at each checkpoint and at the end', async () => {
    const workspace = await workspaceOf();
    const session = await workspace.session({ strategy: 'directory' });
    await session.run('echo run > a.txt; echo x > x');
    await workspace.writeFile('a.txt', 'api');
    const first = await session.checkpoint();
    expect(first.conflicts).toMatchObject([{ path: 'a.txt', type: 'both-modified' }]);
    expect((await session.run('cat a.txt')).stdout).toBe('api');
    await session.run('echo again > a.txt; rm x');
    await workspace.writeFile('x', 'api');
    const last = await session.close();
    expect(last.conflicts).toMatchObject([{ path: 'x', type: 'remote-delete' }]);
    expect(last.conflictSnapshot).not.toBe(first.conflictSnapshot);
    const { 'a.txt': a, x } = await listingOf(workspace);
    expect([a, x]).toEqual(['644 again\n', '644 api']);
    const kept = await workspace.snapshot.list({ tag: 'conflict' });
    expect(kept.map(({ name }) => name)).toEqual([first.conflictSnapshot, last.conflictSnapshot]);
  });

  it('of a rebase, an undo and a restore are merged alike', async () => {
    const workspace = await workspaceOf();
    await workspace.writeFile('b.txt', 'one');
    await workspace.snapshot.create('one');
    await workspace.writeFile('b.txt', 'two');
    const edit = async (): Promise<void> => {
      writeFileSync(join(dirname(dirname(dirname(workspace.workDir))), 'base.txt'), 'base');
      await workspace.rebase();
      await workspace.snapshot.restore('one');
      await workspace.undo();
      await workspace.snapshot.restore('one');
    };
    const result = await during(workspace, 'echo run > a.txt; rm src/b.txt', edit, 'true');
    expect(result.conflicts).toEqual([]);
    const { 'a.txt': a, 'b.txt': b, ...rest } = await listingOf(workspace);
    expect([a, b, rest]).toEqual(['644 run\n', '644 one', { src: '755/' }]);
  });

  it('are steps of their own in the history', async () => {
    const workspace = await workspaceOf();
    await during(
      workspace,
      'true',
      () => workspace.writeFile('api.txt', 'api'),
      'echo run > run.txt',
    );
    await workspace.undo();
    expect(Object.keys(await listingOf(workspace))).toEqual([
      'a.txt',
      'api.txt',
      'src',
      'src/b.txt',
    ]);
  });
});

describe('one run at a time', () => {
  it('waits for earlier runs of the same process', async () => {
    const workspace = await workspaceOf();
    const one = 'for i in 1 2 3; do echo one >> log; done';
    const two = 'cat log; for i in 1 2 3; do echo two >> log; done';
    const [, second] = await Promise.all([run(workspace, one), run(workspace, two)]);
    expect(second.stdout).toBe('one\n'.repeat(3));
    expect((await listingOf(workspace))['log']).toBe(
      `644 ${'one\n'.repeat(3)}${'two\n'.repeat(3)}`,
    );
  });

  it('of all processes: another one is told that the workspace is busy', async () => {
    const workspace = await workspaceOf();
    const child = await hostProcess(
      workspace,
      'touch started; while [ ! -e end ]; do :; done; rm end',
    );
    await reached(workspace, 'started');
    await expect(run(workspace, 'true')).rejects.toMatchObject({
      name: 'WorkspaceBusyError',
      code: 'WORKSPACE_BUSY',
      details: { pid: child.process.pid },
    });
    await expect(workspace.materialize()).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
    writeFileSync(join(workspace.workDir, 'end'), '');
    expect(JSON.parse(await child.output)).toMatchObject({ exitCode: 0, operationId: 1 });
    expect((await run(workspace, 'ls')).stdout).toBe('a.txt\nsrc\nstarted\n');
  });

  it('waits for another process as long as its caller says', async () => {
    const workspace = await workspaceOf();
    const command = 'touch started; while [ ! -e end ]; do :; done; echo done > result';
    const child = await hostProcess(workspace, command);
    await reached(workspace, 'started');
    await expect(run(workspace, 'true', { wait: false })).rejects.toMatchObject({
      code: 'WORKSPACE_BUSY',
      hint: expect.stringContaining('wait: true'),
    });
    const strategy = 'directory';
    await expect(workspace.session({ strategy, wait: 1 })).rejects.toThrow(/is running/);
    for (const wait of [-1, Infinity, 'long'] as number[]) {
      const wrong = { code: 'INVALID_ARGUMENT', message: expect.stringMatching(/^wait /) };
      await expect(run(workspace, 'true', { wait })).rejects.toMatchObject(wrong);
    }
    const ending = new AbortController();
    const waiting = run(workspace, 'true', { wait: true, signal: ending.signal });
    ending.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    const late = run(workspace, 'cat result', { wait: true });
    writeFileSync(join(workspace.workDir, 'end'), '');
    expect((await late).stdout).toBe('done\n');
    expect(JSON.parse(await child.output)).toMatchObject({ exitCode: 0 });
  });

  it('survives the death of the host: the workspace is as before, and nothing runs', async () => {
    const workspace = await workspaceOf();
    const command =
      'echo half > a.txt; rm -r src; (setsid sleep 1000 &); ' +
      'echo $AGENTFS_COMMAND_ID > id; mv id started; sleep 1000';
    const child = await hostProcess(workspace, command);
    await reached(workspace, 'started');
    const commandId = readFileSync(join(workspace.workDir, 'started'), 'utf8').trim();
    expect(await markedProcesses(commandId)).not.toEqual([]);
    child.process.kill('SIGKILL');
    await once(child.process, 'exit');
    await until(async () => (await markedProcesses(commandId)).length === 0);
    expect(await listingOf(workspace)).toEqual({
      'a.txt': '644 a\n',
      src: '755/',
      'src/b.txt': '644 b\n',
    });
    const next = await run(workspace, 'cat a.txt src/b.txt; ls');
    expect(next).toMatchObject({ stdout: 'a\nb\na.txt\nsrc\n', changes: [] });
  });

  /** Runs a command in a process of its own. */
  async function hostProcess(
    workspace: Workspace,
    command: string,
  ): Promise<{ readonly process: ChildProcess; readonly output: Promise<string> }> {
    const script = `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
      const [base, name, command] = process.argv.slice(1);
      const workspace = await (await AgentFS.open(base)).workspace.get(name);
      console.log(JSON.stringify(await workspace.run(command, { strategy: 'directory' })));`;
    const base = dirname(dirname(dirname(workspace.workDir)));
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', script, base, workspace.name, command],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    return { process: child, output: text(child.stdout) };
  }
});
