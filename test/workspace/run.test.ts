import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type ChangeNotice, CommandError, CommandTimeoutError } from '../../src/index.ts';
import { Database } from '../../src/store/database.ts';
import { inTime } from '../support/in-time.ts';
import { markedProcesses } from '../support/processes.ts';
import { listDirectory } from '../support/run-fixture.ts';
import { setUp } from '../support/test-project.ts';
import { auditOf, FILES, listingOf, reached, run, workspaceOf } from './support/commands.ts';

describe('a run', () => {
  it('gives back everything about the command', async () => {
    const workspace = await workspaceOf();
    const result = await run(workspace, 'echo out; echo err >&2; echo new > new; exit 7');
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
    expect(await workspace.history()).toMatchObject([{ id: result.operationId }]);
  });

  it('is one step that undo takes back', async () => {
    const workspace = await workspaceOf();
    await workspace.writeFile('mine.txt', 'mine');
    const before = await listingOf(workspace);
    await run(workspace, 'rm -r src; echo x > x; echo y >> mine.txt');
    await workspace.undo();
    expect(await listingOf(workspace)).toEqual(before);
    expect((await run(workspace, 'cat mine.txt src/b.txt; ls')).stdout).toBe(
      'mineb\na.txt\nmine.txt\nsrc\n',
    );
  });

  it('leaves the base untouched', async () => {
    const { project, workspace } = await setUp(FILES);
    const before = listDirectory(project.dir);
    await run(workspace, 'rm -r src; echo x > x; chmod 600 a.txt');
    expect(listDirectory(project.dir)).toEqual(before);
  });

  it('tells who listens of the changes, once they are stored', async () => {
    const { afs, workspace } = await setUp(FILES);
    const notices: ChangeNotice[] = [];
    const told: Promise<string[]>[] = [];
    afs.on('change', (_, changes) => {
      told.push(listingOf(workspace).then((listing) => Object.keys(listing)));
      notices.push(...changes);
    });
    const results: unknown[] = [];
    afs.on('run', (_, each) => results.push(each));
    const result = await run(workspace, 'echo n > new; rm a.txt; chmod 700 src/b.txt');
    expect(notices.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'deleted a.txt',
      'added new',
      'mode src/b.txt',
    ]);
    expect(await Promise.all(told)).toEqual([['new', 'src', 'src/b.txt']]);
    expect(results).toEqual([result]);
  });

  it('does not begin when a hook before it throws', async () => {
    const { afs, workspace } = await setUp(FILES);
    const asked: unknown[] = [];
    const removeHook = afs.hooks.before('run', async ({ command }) => {
      asked.push(command);
      throw new Error('not this one');
    });
    await expect(run(workspace, ['touch', 'x'])).rejects.toThrow('not this one');
    removeHook();
    expect(asked).toEqual([['touch', 'x']]);
    expect(await auditOf(workspace)).toEqual([]);
    expect((await run(workspace, 'ls')).stdout).toBe('a.txt\nsrc\n');
  });

  it('takes input, output as bytes, and an environment of its own', async () => {
    const workspace = await workspaceOf();
    const options = { encoding: 'buffer', input: Buffer.from([0, 255]) } as const;
    const result = await workspace.run('cat', { strategy: 'directory', ...options });
    expect(result.stdout).toEqual(Buffer.from([0, 255]));
    const input = Readable.from(['one ', 'two']);
    expect((await run(workspace, 'cat', { input })).stdout).toBe('one two');
    const env = { GIVEN: 'yes', HOME: undefined };
    const seen = await run(workspace, 'echo "$GIVEN$HOME$TOKEN"', { env });
    expect(seen.stdout).toBe('yes\n');
    const bare = await run(workspace, ['/usr/bin/env'], { inheritEnv: false, env: { ONLY: '1' } });
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
    const workspace = await workspaceOf();
    const options = { maxBuffer: 100, limits: { outputBytes: 10 } };
    const result = await run(workspace, 'echo 0123456789abc', options);
    expect(result).toMatchObject({ stdout: '0123456789', truncated: true, exitCode: 0 });
  });

  it('that cannot be started leaves everything as it was', async () => {
    const workspace = await workspaceOf();
    const before = await listingOf(workspace);
    const failure = run(workspace, ['no-such-program']);
    await expect(failure).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' });
    expect(await listingOf(workspace)).toEqual(before);
    expect(await auditOf(workspace)).toEqual([]);
    expect((await run(workspace, 'cat a.txt')).stdout).toBe('a\n');
  });

  it('in a deleted workspace is refused', async () => {
    const { afs, workspace } = await setUp(FILES);
    await afs.workspace.delete(workspace.name);
    await expect(run(workspace, 'true')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
  });

  it('whose changes cannot be stored changes nothing, and they wait for the next', async () => {
    const { project, workspace } = await setUp(FILES);
    const before = await listingOf(workspace);
    const store = Database.open(project.path('.agentfs/agentfs.db'));
    // A store that fails in the middle of the transaction, after the command has ended.
    const FAIL = `CREATE TRIGGER failing BEFORE INSERT ON operations
      BEGIN SELECT RAISE(ABORT, 'the disk failed'); END`;
    store.exec(FAIL);
    await expect(run(workspace, 'echo x > x; rm a.txt')).rejects.toMatchObject({
      message: expect.stringContaining('the disk failed'),
    });
    expect(await listingOf(workspace)).toEqual(before);
    expect(await auditOf(workspace)).toEqual([]);
    expect(store.prepare('SELECT count(*) AS pins FROM pins').all()).toEqual([{ pins: 0 }]);
    store.exec('DROP TRIGGER failing');
    store.close();
    expect((await run(workspace, 'ls')).stdout).toBe('src\nx\n');
  });
});

describe('a command that fails', () => {
  it('keeps its changes, unless they are to be rolled back', async () => {
    const workspace = await workspaceOf();
    const kept = await run(workspace, 'echo x > kept; exit 1');
    expect(kept).toMatchObject({ failed: true, discarded: false });
    const dropped = await run(workspace, 'echo x > dropped; exit 1', { rollbackOnFailure: true });
    expect(dropped).toMatchObject({ discarded: true, operationId: null });
    expect(dropped.changes).toMatchObject([{ path: 'dropped' }]);
    const success = await run(workspace, 'echo x > fine', { rollbackOnFailure: true });
    expect(success).toMatchObject({ discarded: false });
    expect(Object.keys(await listingOf(workspace))).toEqual([
      'a.txt',
      'fine',
      'kept',
      'src',
      'src/b.txt',
    ]);
  });

  it('rejects with its result when that is asked for', async () => {
    const workspace = await workspaceOf();
    const error = await run(workspace, 'echo x > x; echo why >&2; exit 3', { check: true }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      code: 'COMMAND_FAILED',
      message: 'The command "echo x > x; echo why >&2; exit 3" exited with status 3.',
      result: { exitCode: 3, stderr: 'why\n', changes: [{ path: 'x' }] },
    });
    expect(Object.keys(await listingOf(workspace))).toContain('x');
    expect(await run(workspace, 'true', { check: true })).toMatchObject({ exitCode: 0 });
  });

  it('by its time is ended with everything that it started', async () => {
    const workspace = await workspaceOf();
    const command = 'touch x; (sleep 1000 &) ; sleep 1000';
    const result = await inTime(
      (timeout) => run(workspace, command, { timeout }),
      ({ changes }) => changes.length > 0,
    );
    expect(result).toMatchObject({
      timedOut: true,
      failed: true,
      exitCode: null,
      signal: 'SIGTERM',
    });
    expect(await markedProcesses(result.commandId)).toEqual([]);
    expect(result.changes).toMatchObject([{ path: 'x' }]);
    const error = await run(workspace, 'sleep 1000', { timeout: 50, check: true }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(CommandTimeoutError);
    expect(error).toMatchObject({ code: 'COMMAND_TIMEOUT', result: { timedOut: true } });
    const limited = await run(workspace, 'sleep 1000', { timeout: 0, limits: { runtimeMs: 50 } });
    expect(limited).toMatchObject({ timedOut: true });
  });

  it('through its signal says so; one that was aborted before never begins', async () => {
    const workspace = await workspaceOf();
    const abort = new AbortController();
    const running = run(workspace, 'touch started; sleep 1000', { signal: abort.signal });
    await reached(workspace, 'started');
    abort.abort();
    expect(await running).toMatchObject({ aborted: true, failed: true, timedOut: false });
    const failure = run(workspace, 'touch never', { signal: AbortSignal.abort() });
    await expect(failure).rejects.toMatchObject({ code: 'ABORTED' });
    expect(Object.keys(await listingOf(workspace))).toEqual([
      'a.txt',
      'src',
      'src/b.txt',
      'started',
    ]);
  });
});
