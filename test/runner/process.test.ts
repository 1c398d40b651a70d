import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Command, resolveCommand } from '../../src/runner/process/command.ts';
import { newCommandId } from '../../src/runner/process/environment.ts';
import { type ProcessResult, startProcess } from '../../src/runner/process/process.ts';
import type { ProcessSpec } from '../../src/runner/process/process-spec.ts';
import { isRunning, markedProcesses, until } from '../support/processes.ts';

let directory: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'agentfs-process-')));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

function specOf(command: Command, more: Partial<ProcessSpec> = {}): ProcessSpec {
  const env = { PATH: process.env['PATH'] ?? '' };
  const invocation = resolveCommand(command);
  return { invocation, cwd: directory, env, commandId: newCommandId(), output: 'collect', ...more };
}

async function run(command: Command, more: Partial<ProcessSpec> = {}): Promise<ProcessResult> {
  return (await startProcess(specOf(command, more))).result;
}

async function collect<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Runs a command for which so much time passes, at once, when it says that it is ready. */
async function runReady(
  command: string,
  passingMs: number,
  more: Partial<ProcessSpec>,
): Promise<ProcessResult & { readonly lines: readonly string[] }> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const child = await startProcess(specOf(command, { ...more, output: 'stream' }));
  const lines: string[] = [];
  for await (const line of child.lines({ streams: 'stdout' })) {
    lines.push(line);
    if (line !== 'ready\n') continue;
    vi.advanceTimersByTime(passingMs);
    vi.useRealTimers();
  }
  return { ...(await child.result), lines };
}

describe('the end of a command', () => {
  it.each([0, 1, 42, 127, 255])('reports exit status %i', async (status) => {
    const result = await run(`exit ${status}`);
    expect(result).toMatchObject({ exitCode: status, signal: null, timedOut: false });
    expect(result).toMatchObject({ aborted: false, truncated: false });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGSEGV', 'SIGINT'] as const)('reports %s', async (signal) => {
    const result = await run(`kill -${signal.slice(3)} $$`);
    expect(result).toMatchObject({ exitCode: null, signal });
  });

  it('takes an array as it stands, without a shell', async () => {
    const result = await run(['printf', '%s|', '$HOME', 'a b', '*', '']);
    expect(result.stdout.toString()).toBe('$HOME|a b|*||');
  });

  it('starts a launcher with the command behind its arguments', async () => {
    const launcher = { file: 'env', args: ['LAUNCHED=yes'] };
    const result = await run('echo "$LAUNCHED $1"', { launcher });
    expect(result.stdout.toString()).toBe('yes \n');
  });

  it('runs in the directory and with exactly the environment that it was given', async () => {
    const commandId = newCommandId();
    const result = await run(['/usr/bin/env'], { env: { ONLY: 'this' }, commandId });
    expect(result.stdout.toString()).toBe(`ONLY=this\nAGENTFS_COMMAND_ID=${commandId}\n`);
    expect((await run('pwd')).stdout.toString()).toBe(`${directory}\n`);
  });

  it('gives the command no child and no file descriptor beyond those of a plain spawn', async () => {
    const script =
      'ls /proc/self/fd; read -r children < /proc/$$/task/$$/children; echo "children: $children"';
    const result = await run(script);
    const plain = await promisify(execFile)('/bin/sh', ['-c', script]);
    expect(result.stdout.toString()).toBe(plain.stdout);
  });
});

describe('output', () => {
  it('keeps the two streams apart, byte for byte', async () => {
    const result = await run(String.raw`printf 'a\000\377b'; printf 'error' >&2; printf 'c'`);
    expect(result.stdout).toEqual(Buffer.from([0x61, 0, 0xff, 0x62, 0x63]));
    expect(result.stderr.toString()).toBe('error');
  });

  it('keeps the first bytes above the limit, marks the result and lets the command finish', async () => {
    const command = 'yes 0123456 | head -c 3000000; echo end >&2; echo done > finished; exit 3';
    const result = await run(command, { maxBufferBytes: 1001 });
    expect(result).toMatchObject({ exitCode: 3, truncated: true });
    expect(result.stdout.toString()).toBe('0123456\n'.repeat(126).slice(0, 1001));
    expect(result.stderr.toString()).toBe('end\n');
    expect((await run('cat finished')).stdout.toString()).toBe('done\n');
  });

  it('does not mark output that fits to the byte', async () => {
    const result = await run('printf 12345', { maxBufferBytes: 5 });
    expect(result.stdout.toString()).toBe('12345');
    expect(result.truncated).toBe(false);
  });

  it('puts many small writes together in order', async () => {
    const command = 'i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i + 1)); done';
    const expected = Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join('');
    expect((await run(command)).stdout.toString()).toBe(expected);
  });

  it('leaves the output alone when it is inherited', async () => {
    const result = await run('exit 5', { output: 'inherit' });
    expect(result).toMatchObject({ exitCode: 5, truncated: false });
    expect(result.stdout).toHaveLength(0);
  });
});

describe('lines', () => {
  it('come with their terminators, in the order of arrival, from both streams', async () => {
    // Each line is printed only after the one before it was received.
    const input = new Readable({ read: () => undefined });
    const command = 'read a; echo "out $a"; read b; echo "err $b" >&2; read c; printf "last $c"';
    const child = await startProcess(specOf(command, { output: 'stream', input }));
    const lines: string[] = [];
    input.push('1\n');
    for await (const line of child.lines()) {
      lines.push(line);
      input.push(`${lines.length + 1}\n`);
    }
    expect(lines).toEqual(['out 1\n', 'err 2\n', 'last 3']);
    const result = await child.result;
    expect(result.stdout.toString()).toBe('out 1\nlast 3');
    expect(result.stderr.toString()).toBe('err 2\n');
  });

  it.each([
    ['stdout', ['a\n', 'c\n']],
    ['stderr', ['b\n', 'd\n']],
  ] as const)('of %s alone', async (stream, expected) => {
    const command = 'echo a; echo b >&2; echo c; echo d >&2';
    const child = await startProcess(specOf(command, { output: 'stream' }));
    expect(await collect(child.lines({ streams: stream }))).toEqual(expected);
  });

  it('are complete for a reader who comes after the end', async () => {
    const child = await startProcess(specOf('seq 1 50000', { output: 'stream' }));
    const result = await child.result;
    const lines = await collect(child.lines());
    expect(lines).toHaveLength(50_000);
    expect(lines.join('')).toBe(result.stdout.toString());
  });

  it('that nobody reads do not hold the command back', async () => {
    const spec = specOf('seq 1 200000; echo done >&2', { output: 'stream', maxBufferBytes: 1000 });
    const result = await (await startProcess(spec)).result;
    expect(result).toMatchObject({ exitCode: 0, truncated: true });
    expect(result.stderr.toString()).toBe('done\n');
  });

  it('let the result be awaited in the middle of the loop', async () => {
    const child = await startProcess(specOf('seq 1 100', { output: 'stream' }));
    const seen: string[] = [];
    for await (const line of child.lines()) {
      if (seen.length === 0) expect((await child.result).exitCode).toBe(0);
      seen.push(line);
    }
    expect(seen).toHaveLength(100);
  });

  it('left early end the command with all that it started', async () => {
    const commandId = newCommandId();
    const command = 'sleep 100 & while :; do echo line; done';
    const child = await startProcess(specOf(command, { output: 'stream', commandId }));
    for await (const line of child.lines()) {
      expect(line).toBe('line\n');
      break;
    }
    expect(await child.result).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(await markedProcesses(commandId)).toEqual([]);
  });
});

describe('input', () => {
  const text = 'grüße\n'.repeat(100_000);
  const size = Buffer.byteLength(text);

  it.each([
    ['a string', text],
    ['bytes', new Uint8Array(Buffer.from(text))],
    ['a stream', Readable.from([text.slice(0, 7), text.slice(7)])],
  ])('is given from %s, to the end', async (_, input) => {
    const result = await run('cat', { input });
    expect(result.stdout.length).toBe(size);
    expect(result.stdout.toString()).toBe(text);
  });

  it('is empty unless it is given', async () => {
    expect(await run('cat')).toMatchObject({ exitCode: 0 });
    expect((await run('wc -c', { input: '' })).stdout.toString().trim()).toBe('0');
  });

  it('may be left unread', async () => {
    const big = 'x'.repeat(5_000_000);
    expect(await run('exec 0<&-; exit 4', { input: big })).toMatchObject({ exitCode: 4 });
    expect((await run('head -c 3', { input: big })).stdout.toString()).toBe('xxx');
  });

  it('that never ends is destroyed with the end of the command', async () => {
    const endless = new Readable({
      read() {
        this.push('more\n');
      },
    });
    expect((await run('head -n 1', { input: endless })).stdout.toString()).toBe('more\n');
    expect(endless.destroyed).toBe(true);
    const silent = new Readable({ read: () => undefined });
    expect(await run('exit 6', { input: silent })).toMatchObject({ exitCode: 6 });
    expect(silent.destroyed).toBe(true);
  });

  it('that fails ends the command instead of passing for the whole', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'part';
      throw new Error('disk on fire');
    }
    const result = run('cat > part; sleep 100', { input: Readable.from(failing()) });
    await expect(result).rejects.toMatchObject({
      code: 'ABORTED',
      cause: { message: 'disk on fire' },
    });
  });

  it('that has been read or destroyed before does not hang', async () => {
    const ended = Readable.from(['x']);
    await collect(ended);
    const outcome = await run('cat', { input: ended }).then(
      (result) => result.exitCode,
      (error: unknown) => error,
    );
    expect(outcome === 0 || outcome instanceof Error).toBe(true);
    const destroyed = new Readable({ read: () => undefined }).destroy();
    await expect(run('cat', { input: destroyed })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('timeout, abort and kill', () => {
  it('sends SIGTERM when the time is up', async () => {
    const result = await run('sleep 100', { timeoutMs: 20 });
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGTERM', timedOut: true });
  });

  it('lets a command end in its own way within the grace', async () => {
    const command = 'trap "echo bye; exit 9" TERM; echo ready; while :; do sleep 0.01; done';
    const result = await runReady(command, 500, { timeoutMs: 500 });
    expect(result).toMatchObject({ exitCode: 9, signal: null, timedOut: true });
    expect(result.lines).toEqual(['ready\n', 'bye\n']);
  });

  it('sends SIGKILL after the grace to a command that ignores SIGTERM', async () => {
    const command = 'trap "" TERM; echo ready; while :; do sleep 0.01; done';
    const result = await runReady(command, 50_000, { timeoutMs: 20_000, graceMs: 30_000 });
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL', timedOut: true });
  });

  it('sends the signal that was asked for', async () => {
    const result = await run('sleep 100', { timeoutMs: 20, killSignal: 'SIGINT' });
    expect(result).toMatchObject({ signal: 'SIGINT', timedOut: true });
  });

  it('takes 0 for no timeout', async () => {
    expect(await run('exit 0', { timeoutMs: 0 })).toMatchObject({ exitCode: 0, timedOut: false });
  });

  it('ends a running command when its signal is aborted', async () => {
    const controller = new AbortController();
    const spec = specOf('echo up; sleep 100', { output: 'stream', signal: controller.signal });
    const child = await startProcess(spec);
    const lines: string[] = [];
    for await (const line of child.lines()) {
      lines.push(line);
      controller.abort();
    }
    expect(lines).toEqual(['up\n']);
    expect(await child.result).toMatchObject({ signal: 'SIGTERM', aborted: true, timedOut: false });
  });

  it('starts nothing when the signal is aborted already', async () => {
    const signal = AbortSignal.abort();
    const started = startProcess(specOf('echo ran > aborted', { signal }));
    await expect(started).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await run('ls aborted')).exitCode).not.toBe(0);
  });

  it('kills on demand, and nothing once the command is over', async () => {
    const child = await startProcess(specOf('sleep 100'));
    expect(child.kill('SIGUSR1')).toBe(true);
    expect(await child.result).toMatchObject({ signal: 'SIGUSR1', timedOut: false });
    expect(child.kill()).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('what a command leaves running', () => {
  it.each([
    ['a background process', 'sleep 100 &'],
    ['a process that ignores hang-ups and SIGTERM', 'trap "" HUP TERM; sleep 100 &'],
    ['nohup that holds the output open', 'nohup sleep 100 & sleep 0.01'],
    ['a process in a session of its own', 'setsid sleep 100 & sleep 0.05'],
    ['a double fork', '(setsid sh -c "setsid sleep 100 & exit") ; sleep 0.05'],
    [
      'a chain that forks on',
      'setsid sh -c "for i in $(seq 300 | xargs); do setsid sleep 100 & sleep 0.001; done" & sleep 0.2',
    ],
  ])('is killed: %s', async (_, command) => {
    const commandId = newCommandId();
    const result = await run(`${command}; echo started; exit 7`.replace('&;', '&'), { commandId });
    expect(result).toMatchObject({ exitCode: 7, timedOut: false });
    expect(result.stdout.toString()).toBe('started\n');
    expect(await markedProcesses(commandId)).toEqual([]);
  });

  it('is killed by the timeout too', async () => {
    const commandId = newCommandId();
    const command = 'setsid sleep 100 & trap "" TERM; echo ready; sleep 100; sleep 100';
    const times = { timeoutMs: 50_000, graceMs: 20_000 };
    const result = await runReady(command, 70_000, { commandId, ...times });
    expect(result).toMatchObject({ signal: 'SIGKILL', timedOut: true });
    expect(await markedProcesses(commandId)).toEqual([]);
  });

  it('does not delay the return when it cannot be found and holds the output open', async () => {
    // Without the mark in its environment, and outside the group: only a pid namespace holds this.
    const command =
      'env -i PATH="$PATH" setsid sh -c "echo \\$\\$; : > away; exec sleep 100" & until [ -e away ]; do sleep 0.01; done';
    const result = await run(command);
    const pid = Number(result.stdout.toString());
    // Zero would stand for this process and all its group.
    expect(pid).toBeGreaterThan(1);
    try {
      expect(result).toMatchObject({ exitCode: 0 });
      expect(isRunning(pid)).toBe(true);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
    await until(() => !isRunning(pid));
  });
});

describe('a command that cannot be started', () => {
  it('says that the program is missing', async () => {
    await expect(run(['no-such-program-anywhere'])).rejects.toMatchObject({
      name: 'AgentFSError',
      code: 'COMMAND_NOT_STARTED',
      message: expect.stringContaining('no-such-program-anywhere'),
      hint: expect.stringContaining('PATH'),
      details: { reason: 'ENOENT' },
    });
  });

  it('says that the program is not executable', async () => {
    await writeFile(join(directory, 'plain'), 'text');
    await expect(run(['./plain'])).rejects.toMatchObject({
      code: 'COMMAND_NOT_STARTED',
      hint: expect.stringContaining('executable'),
      details: { reason: 'EACCES' },
    });
  });

  it('says that the directory is missing, or none', async () => {
    const missing = join(directory, 'missing');
    await expect(run('true', { cwd: missing })).rejects.toMatchObject({
      code: 'COMMAND_NOT_STARTED',
      message: expect.stringContaining(missing),
    });
    await writeFile(join(directory, 'file'), '');
    await expect(run('true', { cwd: join(directory, 'file') })).rejects.toMatchObject({
      code: 'COMMAND_NOT_STARTED',
      message: expect.stringContaining('is not a directory'),
    });
  });

  it('says that its arguments are too long', async () => {
    await expect(run(['true', 'x'.repeat(5_000_000)])).rejects.toMatchObject({
      code: 'COMMAND_NOT_STARTED',
      hint: expect.stringContaining('input'),
      details: { reason: 'E2BIG' },
    });
  });
});
