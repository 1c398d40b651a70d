/** Looks at the processes of the machine, for tests that start some. Linux only. */

import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { COMMAND_ID_VARIABLE } from '../../src/runner/process/environment.ts';

const DEADLINE_MS = 60_000;

/** The pids of the living processes that carry the command's id in their environment. */
export async function markedProcesses(commandId: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')),
  );
  return pids.filter((_, index) =>
    environments[index]?.includes(`${COMMAND_ID_VARIABLE}=${commandId}`),
  );
}

/** Whether the process exists and is more than a zombie, which may wait long for its parent. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Waits until the condition holds; throws when it still does not after a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The condition has not come about in a minute.');
    await delay(5);
  }
}
