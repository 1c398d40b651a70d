/** Several commands in one set-up, by each strategy that this host offers. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import type {
  AgentFS,
  Command,
  SessionRunOptions,
  StrategyName,
  Workspace,
} from '../../src/index.ts';
import { bundledLibrary } from '../support/compiled.ts';
import { markedProcesses } from '../support/processes.ts';
import { pathsOf, setUp, type TestFiles, type TestProject } from '../support/test-project.ts';

const FILES: TestFiles = { 'a.txt': 'a\n', 'src/b.txt': 'b\n', '.gitignore': 'build/\n' };

interface Setting {
  readonly project: TestProject;
  readonly afs: AgentFS;
  readonly workspace: Workspace;
  readonly strategy: StrategyName;
}

describe.each<StrategyName>(['directory', 'overlay'])(
  'a session in the %s strategy',
  (strategy) => {
    async function setting(context: TestContext): Promise<Setting> {
      const { project, afs, workspace } = await setUp(FILES);
      const { strategies } = await afs.capabilities();
      const profiles = strategies.find(({ name }) => name === strategy)?.profiles ?? [];
      const refusals = profiles.flatMap((each) => (each.available ? [] : [each.reason]));
      if (refusals.length === profiles.length) context.skip(refusals[0] ?? 'not offered');
      return { project, afs, workspace, strategy };
    }

    it('runs commands in the files that the ones before have left', async (context) => {
      const { workspace } = await setting(context);
      await using session = await workspace.session({ strategy });
      const first = await session.run('echo x > x; mkdir -p build; echo y > build/y; rm a.txt');
      expect(first).toMatchObject({ exitCode: 0, strategy, changes: [], operationId: null });
      expect(first).toMatchObject({ discarded: false, isolation: session.isolation });
      const second = await session.run('cat x y ../src/b.txt; ls ..', { workdir: 'build' });
      expect(second.stderr).toContain('x');
      expect(second.stdout).toBe('y\nb\nbuild\nsrc\nx\n');
      expect(await workspace.exists('x')).toBe(false);
      expect(await workspace.exists('a.txt')).toBe(true);
    });

    it('takes everything into the workspace at a checkpoint, as one step', async (context) => {
      const { workspace } = await setting(context);
      await using session = await workspace.session({ strategy });
      const first = await session.run('echo x > x; mv a.txt c.txt');
      const second = await session.run('echo y > src/y; rm x');
      const { changes, ...checkpoint } = await session.checkpoint();
      expect(changes.map(({ type, path }) => `${type} ${path}`)).toEqual([
        'renamed c.txt',
        'added src/y',
      ]);
      expect(checkpoint).toEqual({
        discarded: false,
        operationId: expect.any(Number),
        commandIds: [first.commandId, second.commandId],
        ...{ warnings: [], conflicts: [], conflictSnapshot: null, ignored: null },
      });
      expect((await workspace.history()).map(({ kind, summary }) => [kind, summary])).toEqual([
        ['run', '"echo x > x; mv a.txt c.txt" and 1 more'],
      ]);
      await workspace.undo();
      expect(await workspace.readText('a.txt')).toBe('a\n');
      expect(await workspace.exists('src/y')).toBe(false);
    });

    it('goes on after a checkpoint, with what the API wrote meanwhile', async (context) => {
      const { workspace } = await setting(context);
      await using session = await workspace.session({ strategy });
      await session.run('echo command > both; echo 1 > one; mkdir build; echo kept > build/kept');
      await workspace.writeFile('both', 'api');
      await workspace.writeFile('late', 'api\n');
      expect((await session.run('cat late both')).stdout).toBe('api\ncommand\n');
      const first = await session.checkpoint();
      expect(pathsOf(first.changes)).toEqual(['both', 'one']);
      expect(pathsOf(first.conflicts)).toEqual(['both']);
      expect(await workspace.readText('both')).toBe('api');
      const after = await session.run('cat late both one build/kept; echo 2 >> one');
      expect(after.stdout).toBe('api\napi1\nkept\n');
      const last = await session.close();
      expect(last).toMatchObject({ changes: [{ type: 'modified', path: 'one' }] });
      expect(await workspace.readText('one')).toBe('1\n2\n');
      expect((await workspace.run('cat one', { strategy })).stdout).toBe('1\n2\n');
    });

    it('says at a checkpoint that nothing has changed', async (context) => {
      const { workspace } = await setting(context);
      const session = await workspace.session({ strategy });
      const nothing = { changes: [], operationId: null, discarded: false, commandIds: [] };
      expect(await session.checkpoint()).toMatchObject(nothing);
      await session.run('cat a.txt');
      expect(await session.checkpoint()).toMatchObject({
        ...nothing,
        commandIds: [expect.any(String)],
      });
      expect(await session.close()).toMatchObject(nothing);
      expect(await workspace.history()).toEqual([]);
    });

    it('drops what was not captured when that is wanted, and ends what runs', async (context) => {
      const { workspace } = await setting(context);
      const session = await workspace.session({ strategy });
      await session.run('echo kept > kept');
      await session.checkpoint();
      await session.run('echo dropped > dropped; rm kept');
      const stream = session.runStream('echo ready; sleep 1000');
      for await (const _line of stream) {
        await session.discard();
      }
      expect(await stream.result).toMatchObject({ aborted: true });
      expect(await workspace.exists('dropped')).toBe(false);
      expect((await workspace.run('cat kept; ls', { strategy })).stdout).toBe(
        'kept\na.txt\nkept\nsrc\n',
      );
    });

    it('counts for nothing when its process dies, but for its checkpoints', async (context) => {
      const { project, workspace } = await setting(context);
      const script = `import { AgentFS } from ${JSON.stringify(await bundledLibrary())};
      const afs = new AgentFS(process.argv[1]);
      const workspace = await afs.workspace.get('w');
      const session = await workspace.session({ strategy: process.argv[2] });
      await session.run('echo 1 > saved');
      await session.checkpoint();
      const { commandId } = await session.run('echo 2 >> saved; echo lost > lost');
      session.run('sleep 1000');
      console.log(commandId);`;
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', script, project.dir, strategy],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      onTestFinished(() => void child.kill('SIGKILL'));
      const [commandId] = await once(child.stdout.setEncoding('utf8'), 'data');
      const busy = workspace.run('true', { strategy });
      await expect(busy).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
      child.kill('SIGKILL');
      await once(child, 'exit');
      const next = await workspace.run('cat saved; ls', { strategy });
      expect(next).toMatchObject({ stdout: '1\na.txt\nsaved\nsrc\n', changes: [] });
      // That it ran is on record all the same.
      const runs = await workspace.audit.logs({ operation: ['run'] });
      expect(runs.map((row) => row.commandId)).toContain(commandId.trim());
    });

    it('records each command, and with each path the commands that it may come from', async (context) => {
      const { workspace } = await setting(context);
      await using session = await workspace.session({ strategy });
      const alone = await session.run('echo 1 > one', { env: { TOKEN: 'secret' } });
      await session.checkpoint();
      const ids = [await session.run('echo 2 > two'), await session.run('exit 7')].map(
        ({ commandId }) => commandId,
      );
      await session.checkpoint();
      const rows = await workspace.audit.logs();
      const runs = rows.filter(({ operation }) => operation === 'run');
      expect(runs.map(({ commandId }) => commandId).sort()).toEqual(
        [alone.commandId, ...ids].sort(),
      );
      const [one] = rows.filter(({ path }) => path === 'one');
      expect(one).toMatchObject({ operation: 'create', commandId: alone.commandId });
      const [two] = rows.filter(({ path }) => path === 'two');
      expect(two).toMatchObject({
        operation: 'create',
        commandId: '',
        metadata: { commandIds: ids },
      });
      expect(JSON.stringify(rows)).not.toContain('secret');
      expect(await workspace.audit.verify()).toMatchObject({ ok: true });
    });

    it('starts where the files have a directory by now', async (context) => {
      const { workspace } = await setting(context);
      await using session = await workspace.session({ strategy });
      await session.run('mkdir new; rm a.txt; mkdir a.txt');
      expect((await session.run('basename "$(pwd)"', { workdir: 'new' })).stdout).toBe('new\n');
      expect((await session.run('basename "$(pwd)"', { workdir: 'a.txt' })).stdout).toBe('a.txt\n');
      const missing = session.run('true', { workdir: 'none' });
      await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
      await session.run('rmdir a.txt; echo a > a.txt');
      expect(pathsOf((await session.checkpoint()).changes)).toEqual(['new']);
    });
  },
);

describe('a session', () => {
  it('runs one command after the other, in the order in which they were sent off', async () => {
    const { workspace } = await setUp(FILES);
    await using session = await workspace.session();
    const lines: string[] = [];
    const [, , checkpoint] = await Promise.all([
      session.run('sleep 0.1; echo 1 >> log'),
      session.run('echo 2 >> log'),
      session.checkpoint(),
      (async () => {
        for await (const line of session.runStream('cat log; echo 3 >> log')) lines.push(line);
      })(),
    ]);
    expect(checkpoint).toMatchObject({ changes: [{ path: 'log' }] });
    expect(lines).toEqual(['1\n', '2\n']);
    expect((await session.run('cat log', { encoding: 'buffer' })).stdout).toEqual(
      Buffer.from('1\n2\n3\n'),
    );
  });

  it('keeps the workspace until it is closed', async () => {
    const { workspace } = await setUp(FILES);
    const session = await workspace.session();
    const next = workspace.run('cat x');
    await session.run('echo x > x');
    await session.close();
    expect((await next).stdout).toBe('x\n');
    expect(await session.close()).toMatchObject({ changes: [{ path: 'x' }] });
    const late = { code: 'CLOSED', hint: expect.any(String) };
    await expect(session.run('true')).rejects.toMatchObject(late);
    await expect(session.checkpoint()).rejects.toMatchObject(late);
    await session.discard();
    expect(await workspace.exists('x')).toBe(true);
  });

  it('waits at its end for what was sent off', async () => {
    const { workspace } = await setUp(FILES);
    const session = await workspace.session();
    const sent = session.run('sleep 0.1; echo x > x');
    expect(await session.close()).toMatchObject({ changes: [{ path: 'x' }] });
    expect(await sent).toMatchObject({ exitCode: 0 });
  });

  it('that is open when the AgentFS is closed is closed with it', async () => {
    const { project, afs, workspace } = await setUp(FILES);
    const session = await workspace.session();
    await session.run('echo x > x');
    await afs.close();
    await expect(session.run('true')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await (await project.open().workspace.get('w')).readText('x')).toBe('x\n');
  });

  it('that is still being set up when the AgentFS is closed is closed with it', async () => {
    const { afs, workspace } = await setUp(FILES);
    const opening = workspace.session();
    const files = new Promise((resolve) => afs.on('progress', resolve));
    await files;
    await afs.close();
    await expect((await opening).run('true')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('survives commands that fail, are not started, vetoed, aborted or out of time', async () => {
    const { afs, workspace } = await setUp(FILES);
    await using session = await workspace.session();
    await session.run('echo x > x');
    const fails = (
      command: Command,
      options: SessionRunOptions & { encoding?: 'utf8' } = {},
    ): Promise<unknown> =>
      session.run(command, options).then(
        () => 'no error',
        ({ code }) => code,
      );
    expect(await fails('exit 3', { check: true })).toBe('COMMAND_FAILED');
    expect(await fails(['no-such-program'])).toBe('COMMAND_NOT_STARTED');
    expect(await fails('true', { signal: AbortSignal.abort() })).toBe('ABORTED');
    expect(await fails('sleep 1000', { timeout: 50, check: true })).toBe('COMMAND_TIMEOUT');
    const remove = afs.hooks.before('run', () => {
      throw new Error('not this one');
    });
    expect(await fails('true')).toBe('HOOK_FAILED');
    remove();
    expect((await session.run('cat x')).stdout).toBe('x\n');
    const { commandIds, changes } = await session.checkpoint();
    expect(pathsOf(changes)).toEqual(['x']);
    expect(commandIds).toHaveLength(4);
  });

  it('tells a hook that would wait for the session so', async () => {
    const { afs, workspace } = await setUp(FILES);
    await using session = await workspace.session();
    afs.hooks.before('run', () => workspace.materialize());
    await expect(session.run('true')).rejects.toMatchObject({
      code: 'HOOK_FAILED',
      cause: { code: 'WORKSPACE_BUSY' },
    });
  });

  it('ends a command early when its lines are left, with all it started', async () => {
    const { workspace } = await setUp(FILES);
    await using session = await workspace.session();
    const stream = session.runStream('echo ready; echo x > x; (sleep 1000 &); sleep 1000');
    for await (const line of stream) {
      expect(line).toBe('ready\n');
      break;
    }
    const { commandId, signal } = await stream.result;
    expect(signal).toBe('SIGKILL');
    expect(await markedProcesses(commandId)).toEqual([]);
    expect((await session.run('true')).exitCode).toBe(0);
  });

  it('drops changes of a workspace that cannot be changed', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.update({ readOnly: true });
    await using session = await workspace.session();
    await session.run('echo x > x');
    expect(await session.checkpoint()).toMatchObject({
      changes: [{ path: 'x' }],
      discarded: true,
      operationId: null,
    });
    expect((await session.run('ls')).stdout).toBe('a.txt\nsrc\n');
    expect(await workspace.exists('x')).toBe(false);
  });

  it('tells who watches at a checkpoint, and of each command when it ends', async () => {
    const { afs, workspace } = await setUp(FILES);
    const told: string[] = [];
    afs.on('run', (_workspace, { command }) => told.push(`ran ${command}`));
    await using session = await workspace.session();
    const stop = new AbortController();
    const watching = (async () => {
      for await (const { type, path } of workspace.watch({ signal: stop.signal })) {
        told.push(`${type} ${path}`);
        break;
      }
    })();
    await session.run('echo x > x');
    await session.checkpoint();
    await watching;
    expect(told).toEqual(['ran echo x > x', 'added x']);
  });

  it('is refused to be set up with wrong options, and leaves the workspace free', async () => {
    const { workspace } = await setUp(FILES);
    const open = (options: object): Promise<unknown> => workspace.session(options);
    await expect(open({ strategy: 'best' })).rejects.toThrow('strategy');
    await expect(open({ audit: 1 })).rejects.toThrow('audit');
    await expect(open({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const impossible = open({ strategy: 'directory', sandbox: 'restricted' });
    await expect(impossible).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect((await workspace.run('cat a.txt')).stdout).toBe('a\n');
  });

  it('refuses for one command what holds for all, or needs a capture', async () => {
    const { workspace } = await setUp(FILES);
    await using session = await workspace.session();
    for (const name of ['sandbox', 'audit', 'rollbackOnFailure', 'snapshot']) {
      const options: object = { [name]: 'x' };
      await expect(session.run('true', options)).rejects.toThrow(`${name} must be left out`);
      expect(() => session.runStream('true', options)).toThrow(`${name} must be left out`);
    }
  });

  it('can be left out of the audit log', async () => {
    const { workspace } = await setUp(FILES);
    const before = (await workspace.audit.logs()).length;
    await using session = await workspace.session({ audit: false });
    await session.run('echo x > x');
    await session.checkpoint();
    expect(await workspace.exists('x')).toBe(true);
    expect(await workspace.audit.logs()).toHaveLength(before);
  });
});
