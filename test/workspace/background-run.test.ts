/** Commands that are started and left to themselves. */

import { describe, expect, it } from 'vitest';
import type { StartOptions } from '../../src/index.ts';
import { isRunning, markedProcesses, until } from '../support/processes.ts';
import { setUp } from '../support/test-project.ts';

const FOREVER = 'echo ready; sleep 1000';

describe('a command in the background', () => {
  it('goes on while its caller does something else, and ends as a run does', async () => {
    const { workspace } = await setUp();
    const running = workspace.start('read go; echo "$go" > out; exit 3', { input: 'went\n' });
    await workspace.writeFile('meanwhile', 'api');
    expect(await running.wait()).toMatchObject({
      exitCode: 3,
      changes: [{ type: 'added', path: 'out' }],
    });
    expect(await workspace.readText('out')).toBe('went\n');
    expect(await workspace.readText('meanwhile')).toBe('api');
  });

  it('can be awaited by mistake', async () => {
    const { workspace } = await setUp();
    const running = workspace.start('true');
    expect(await running).toBe(running);
    await running.wait();
  });

  it('tells its process and its output while it runs', async () => {
    const { workspace } = await setUp();
    await using running = workspace.start('printf "one\\n\\303"; echo two >&2; sleep 1000');
    expect(running.output()).toEqual({ stdout: '', stderr: '' });
    const pid = await running.pid;
    expect(isRunning(pid)).toBe(true);
    await until(() => running.output().stderr !== '');
    await until(() => running.output().stdout !== '');
    // Without the first half of a character.
    expect(running.output()).toEqual({ stdout: 'one\n', stderr: 'two\n' });
  });

  it('keeps of its output what maxBuffer allows', async () => {
    const { workspace } = await setUp();
    const running = workspace.start('seq 100000', { maxBuffer: 10 });
    expect(await running.wait()).toMatchObject({ truncated: true });
    expect(running.output()).toEqual({ stdout: '1\n2\n3\n4\n5\n', stderr: '' });
  });

  it('is sent signals, also one that it catches', async () => {
    const { workspace } = await setUp();
    const trap = 'trap "echo int > got; exit 5" INT; echo ready; while :; do sleep 0.01; done';
    const running = workspace.start(trap);
    await until(() => running.output().stdout === 'ready\n');
    running.kill('SIGINT');
    expect(await running.wait()).toMatchObject({ exitCode: 5, changes: [{ path: 'got' }] });
    running.kill();
    const next = workspace.start(FOREVER);
    await until(() => next.output().stdout === 'ready\n');
    next.kill();
    expect(await next.wait()).toMatchObject({ signal: 'SIGTERM', exitCode: null });
  });

  it('that waits for its turn never starts when it is killed', async () => {
    const { workspace } = await setUp();
    await using first = workspace.start(FOREVER);
    await first.pid;
    const second = workspace.start('touch never');
    second.kill();
    await expect(second.pid).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(second.wait()).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await workspace.exists('never')).toBe(false);
  });

  it('keeps other commands waiting', async () => {
    const { workspace } = await setUp();
    const running = workspace.start('read line; echo first >> order', { input: 'go\n' });
    const next = workspace.run('echo second >> order');
    await Promise.all([running.wait(), next]);
    expect(await workspace.readText('order')).toBe('first\nsecond\n');
  });

  it('is ended with everything it started at the end of its block, and its changes are kept', async () => {
    const { workspace } = await setUp();
    let id = '';
    {
      await using running = workspace.start(
        'echo $AGENTFS_COMMAND_ID > id; (sleep 1000 &); cat id; sleep 1000',
      );
      await until(() => running.output().stdout.endsWith('\n'));
      id = running.output().stdout.trim();
      expect((await markedProcesses(id)).length).toBeGreaterThan(1);
    }
    expect(await markedProcesses(id)).toEqual([]);
    expect(await workspace.readText('id')).toBe(`${id}\n`);
  });

  it('says at the end of its block that it could not run, unless somebody was told', async () => {
    const { workspace } = await setUp();
    const inBlock = async (isAwaited: boolean): Promise<void> => {
      await using running = workspace.start(['no-such-program']);
      await running.pid.catch(() => undefined);
      if (isAwaited) await running.wait().catch(() => undefined);
    };
    await expect(inBlock(false)).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' });
    await expect(inBlock(true)).resolves.toBeUndefined();
  });

  it('rejects with check', async () => {
    const { workspace } = await setUp();
    const running = workspace.start('exit 2', { check: true });
    await expect(running.wait()).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  });

  it('refuses wrong options at once', async () => {
    const { workspace } = await setUp();
    expect(() => workspace.start('')).toThrow('command');
    expect(() => workspace.start('true', { timeout: -1 })).toThrow('timeout');
  });
});

describe('what a command reads', () => {
  it('may come from an async iterable, as fast as the command takes it', async () => {
    const { workspace } = await setUp();
    let taken = 0;
    async function* numbers(): AsyncGenerator<string | Uint8Array, void, void> {
      for (taken = 1; ; taken++) yield taken % 2 === 0 ? Buffer.alloc(65_536) : `${taken}\n`;
    }
    const options: StartOptions = { input: numbers() };
    expect(await workspace.run('head -c 200000 | wc -c', options)).toMatchObject({
      stdout: '200000\n',
    });
    // The pipe and the buffers on the way hold some more than was read.
    expect(taken).toBeLessThan(40);
  });

  it('ends where the iterable ends', async () => {
    const { workspace } = await setUp();
    async function* words(): AsyncGenerator<string, void, void> {
      yield 'one ';
      yield '';
      yield 'two';
    }
    const { changes } = await workspace.run('cat > got', { input: words() });
    expect(changes).toMatchObject([{ path: 'got' }]);
    expect(await workspace.readText('got')).toBe('one two');
  });

  it('takes the command along when it fails, or is of another type', async () => {
    const { workspace } = await setUp();
    async function* broken(): AsyncGenerator<string, void, void> {
      yield 'part';
      throw new Error('torn');
    }
    const failed = workspace.run('cat > got', { input: broken() });
    await expect(failed).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'torn' } });
    const values: AsyncIterable<unknown> = (async function* () {
      yield 1;
    })();
    const wrong = workspace.run('cat > got', { input: values as AsyncIterable<string> });
    await expect(wrong).rejects.toMatchObject({ code: 'ABORTED', cause: expect.any(TypeError) });
    expect(await workspace.exists('got')).toBe(false);
    expect(() => workspace.start('cat', { input: 1 as unknown as string })).toThrow('input');
  });
});
