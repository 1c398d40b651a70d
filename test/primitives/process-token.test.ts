import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  decodeProcessToken,
  encodeProcessToken,
  isAlive,
  type ProcessToken,
  processToken,
} from '../../src/primitives/process-token.ts';

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
});

/** Starts `sh`, which runs until it is killed, and makes a token for it. */
async function startOther(): Promise<{ process: ChildProcess; token: ProcessToken }> {
  child = spawn('/bin/sh', ['-c', 'echo "(up) 1 2)"; read x'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (child.stdout === null || child.pid === undefined) throw new Error('The shell did not start.');
  await once(child.stdout, 'data');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const token = { ...processToken(), pid: child.pid, startTime: stat.split(' ')[21] ?? '' };
  return { process: child, token };
}

describe('process tokens', () => {
  it('name the calling process, the same each time', () => {
    const token = processToken();
    expect(token.pid).toBe(process.pid);
    expect(processToken()).toEqual(token);
    expect(isAlive(token)).toBe('alive');
  });

  it('survive being written down', () => {
    const token = processToken();
    expect(decodeProcessToken(encodeProcessToken(token))).toEqual(token);
    const bare = { pid: 5, startTime: '', namespace: '' };
    expect(decodeProcessToken(encodeProcessToken(bare))).toEqual(bare);
  });

  it.each(['', '5', '0/1/a', '-5/1/a', '5/x/a', '5/1/a/b', 'x/1/a', '5/1'])(
    'are not read from %j',
    (text) => {
      expect(decodeProcessToken(text)).toBeUndefined();
    },
  );

  it('from another machine, boot or pid namespace say nothing', () => {
    const token = processToken();
    expect(isAlive({ ...token, namespace: `${token.namespace}0` })).toBe('unknown');
  });
});

describe.runIf(process.platform === 'linux')('on Linux, a token', () => {
  it('is alive as long as its process, then dead', async () => {
    const other = await startOther();
    expect(isAlive(other.token)).toBe('alive');
    other.process.kill('SIGKILL');
    await once(other.process, 'exit');
    expect(isAlive(other.token)).toBe('dead');
  });

  it('is dead when its pid belongs to a later process', async () => {
    const { token } = await startOther();
    const earlier = String(Number(token.startTime) - 1);
    expect(isAlive({ ...token, startTime: earlier })).toBe('dead');
  });

  it('is dead when its process is a zombie', async () => {
    // The program that takes the shell's place knows nothing of the child and never waits for it.
    child = spawn('/bin/sh', ['-c', 'exec 3<&0; read x <&3 & echo $!; exec sleep 1000'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (child.stdout === null || child.pid === undefined) throw new Error('No shell.');
    const pid = Number(String((await once(child.stdout, 'data'))[0]));
    await stateOf(child.pid, ([, name]) => name === '(sleep)');
    child.stdin?.end();
    const fields = await stateOf(pid, ([, , state]) => state === 'Z');
    expect(isAlive({ ...processToken(), pid, startTime: fields[21] ?? '' })).toBe('dead');
  });
});

/** The fields of /proc/<pid>/stat once the condition holds for them. */
async function stateOf(pid: number, holds: (fields: string[]) => boolean): Promise<string[]> {
  for (;;) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
    if (holds(fields)) return fields;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
