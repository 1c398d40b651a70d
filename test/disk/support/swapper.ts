/** A hostile process that keeps swapping two paths with each other, atomically. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

const SCRIPT = `
import ctypes, os, select, sys
libc = ctypes.CDLL(None, use_errno=True)
first, second = (path.encode() for path in sys.argv[1:3])
AT_FDCWD, RENAME_EXCHANGE = -100, 2
def swap():
    if libc.renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")
swap()
print("ready", flush=True)
swaps = 1
while swaps % 256 or not select.select([0], [], [], 0)[0]:
    swap()
    swaps += 1
print(swaps, flush=True)
`;

/** Starts swapping; `stop` ends it after an even number of swaps and says how many there were. */
export async function startSwapping(
  first: string,
  second: string,
): Promise<{ stop(): Promise<number> }> {
  const child: ChildProcess = spawn('python3', ['-c', SCRIPT, first, second], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  child.stdout?.on('data', (text) => lines.push(String(text)));
  if (child.stdout !== null) await once(child.stdout, 'data');
  return {
    stop: async () => {
      child.stdin?.end();
      await once(child, 'close');
      return Number(lines.join('').split('\n')[1]);
    },
  };
}
