/** A process that exchanges directories with links to elsewhere, all the time. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** Whether two names can be exchanged here. */
export const canExchange: boolean = spawnSync('python3', ['-c', 'import ctypes']).status === 0;

/**
 * For a while without a pause; then for moments only, between which everything is in its place and
 * most operations get through. So each pair is always exchanged twice.
 */
const FLIP = `
import ctypes, random, sys, time
libc = ctypes.CDLL(None)
paths = [path.encode() for path in sys.argv[1:]]
pairs = list(zip(paths[::2], paths[1::2]))
def exchange(pair): libc.renameat2(-100, pair[0], -100, pair[1], 2)
print(flush=True)
while True:
    end = time.monotonic() + 0.05
    while time.monotonic() < end:
        for pair in pairs + pairs: exchange(pair)
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        pair = random.choice(pairs)
        exchange(pair)
        time.sleep(random.random() / 5000)
        exchange(pair)
        time.sleep(random.random() / 50)
`;

/** Exchanges pairs of paths, one after the other, until it is killed; at the latest with the test. */
export async function exchange(pairs: readonly string[]): Promise<ChildProcess> {
  const flipper = spawn('python3', ['-c', FLIP, ...pairs]);
  onTestFinished(() => void flipper.kill('SIGKILL'));
  await once(flipper.stdout, 'data');
  return flipper;
}
