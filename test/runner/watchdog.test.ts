/** What happens to commands when the process that started them dies: it runs as compiled code. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newCommandId } from '../../src/runner/process/environment.ts';
import { compiledModule } from '../support/compiled.ts';
import { isRunning, markedProcesses, until } from '../support/processes.ts';

let processModule: string;
let host: ChildProcess | undefined;

beforeAll(async () => {
  processModule = await compiledModule('runner/process/process.ts');
});

afterEach(() => {
  host?.kill('SIGKILL');
});

/** Starts a host process that runs the command, and resolves when the command has printed a line. */
async function startHost(command: string, commandId: string, after = ''): Promise<string> {
  const spec = {
    invocation: { file: '/bin/sh', args: ['-c', command] },
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    commandId,
    output: 'stream',
  };
  const script = `
    import { startProcess } from ${JSON.stringify(processModule)};
    const child = await startProcess(${JSON.stringify(spec)});
    for await (const line of child.lines()) { process.stdout.write(line); ${after} }
  `;
  host = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (host.stdout === null) throw new Error('The host has no output.');
  const [line] = await once(createInterface(host.stdout), 'line');
  return String(line);
}

describe.runIf(process.platform === 'linux')('when the host process dies', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'by %s its commands and their daemons die with it',
    async (signal) => {
      const commandId = newCommandId();
      const command = `trap "" TERM INT HUP; sleep 100 & setsid sleep 100 &
        (setsid sh -c "setsid sleep 100 & exit") & echo up; sleep 100; sleep 100`;
      await startHost(command, commandId);
      // The shell and four that sleep, once those are started that start them.
      await until(async () => (await markedProcesses(commandId)).length >= 5);
      host?.kill(signal);
      await until(async () => (await markedProcesses(commandId)).length === 0);
    },
  );

  it('dies with what has lost its mark but is still in the group', async () => {
    const commandId = newCommandId();
    const command = 'env -i PATH="$PATH" sh -c "echo \\$\\$; exec sleep 100"';
    const pid = Number(await startHost(command, commandId));
    expect(isRunning(pid)).toBe(true);
    host?.kill('SIGKILL');
    await until(() => !isRunning(pid));
  });

  it('by calling process.exit() its commands die with it', async () => {
    const commandId = newCommandId();
    await startHost('echo up; sleep 100', commandId, 'process.exit(0);');
    await until(async () => (await markedProcesses(commandId)).length === 0);
  });

  it('the watch goes on when somebody has killed the watchdog', async () => {
    const commandId = newCommandId();
    await startHost('echo up; sleep 100', commandId);
    const first = await watchdogsOf(host);
    expect(first).toHaveLength(1);
    for (const pid of first) process.kill(pid, 'SIGKILL');
    await until(async () => {
      const now = await watchdogsOf(host);
      return now.length === 1 && now[0] !== first[0];
    });
    host?.kill('SIGKILL');
    await until(async () => (await markedProcesses(commandId)).length === 0);
  });
});

describe('a host process', () => {
  it('ends by itself after its last command, and leaves no watchdog', async () => {
    const commandId = newCommandId();
    await startHost('echo one', commandId);
    const watchdogs = await watchdogsOf(host);
    const ended = host?.exitCode !== null || (await once(host, 'exit'))[0] === 0;
    expect(ended).toBe(true);
    await until(() => watchdogs.every((pid) => !isRunning(pid)));
  });
});

/** The child processes of the host that are shells without a command's mark. */
async function watchdogsOf(parent: ChildProcess | undefined): Promise<number[]> {
  const { stdout } = spawn('ps', ['-o', 'pid=,args=', '--ppid', String(parent?.pid)]);
  const found: number[] = [];
  for await (const line of createInterface(stdout)) {
    if (line.includes('read -r sign token')) found.push(Number.parseInt(line, 10));
  }
  return found;
}
