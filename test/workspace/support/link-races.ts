/** Directories that another process exchanges with links to elsewhere, all the time. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { AgentFS } from '../../../src/agentfs.ts';
import { AgentFSError } from '../../../src/primitives/errors.ts';
import type { Workspace } from '../../../src/workspace/workspace.ts';
import { listDirectory, temporaryDirectory } from '../../support/run-fixture.ts';

/** Whether two names can be exchanged here. */
export const canExchange: boolean = spawnSync('python3', ['-c', 'import ctypes']).status === 0;

const FLIP = `
import ctypes, sys
libc = ctypes.CDLL(None)
pairs = [path.encode() for path in sys.argv[1:]]
print(flush=True)
while True:
    for one, other in zip(pairs[::2], pairs[1::2]):
        libc.renameat2(-100, one, -100, other, 2)
`;

const OUTSIDE = { 'a.txt': 'outside\n', 'sub/b.txt': 'outside\n', 'upper/c.txt': 'outside\n' };

/** Something that is done with a workspace. */
type Operation = (afs: AgentFS, ws: Workspace) => Promise<unknown>;

/** Operations that go through directories of the project or of agentfs's own. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  create: async (afs) => {
    const { name } = await afs.workspace.create(`other-${Math.random()}`);
    await afs.workspace.delete(name);
  },
  commit: async (_, ws) => {
    await ws.writeFile('src/a.txt', `${Math.random()}\n`);
    await ws.commit('change');
  },
  restore: async (_, ws) => {
    const { name } = await ws.snapshot.create(`s-${Math.random()}`.replace('.', ''));
    await ws.writeFile('src/new.txt', 'new\n');
    await ws.snapshot.restore(name);
  },
  materialize: async (_, ws) => {
    await ws.writeFile('src/a.txt', `${Math.random()}\n`);
    await ws.materialize();
  },
  run: async (_, ws) => {
    await ws.run(
      'echo x > ignored/x; echo y >> src/a.txt; rm -rf ignored/sub; mkdir -p ignored/sub',
    );
  },
  directory: async (_, ws) => {
    await ws.run('echo x >> src/a.txt', { strategy: 'directory' });
  },
  read: async (_, ws) => {
    await ws.readFile('ignored/x', 'utf8').catch(expectOurs);
    await ws.listDir('/');
  },
  gc: async (afs) => {
    await afs.gc();
  },
};

function expectOurs(error: unknown): void {
  expect(error).toBeInstanceOf(AgentFSError);
}

async function flip(pairs: readonly string[]): Promise<ChildProcess> {
  const flipper = spawn('python3', ['-c', FLIP, ...pairs]);
  onTestFinished(() => void flipper.kill('SIGKILL'));
  await once(flipper.stdout, 'data');
  return flipper;
}

/** Does an operation again and again while directories are exchanged with links to elsewhere. */
export async function raceWithLinks(operate: Operation, rounds: number): Promise<void> {
  const outside = temporaryDirectory(OUTSIDE);
  const before = listDirectory(outside);
  const base = temporaryDirectory({
    '.gitignore': 'ignored\n.swap*\n',
    'src/a.txt': 'a\n',
    'src/sub/b.txt': 'b\n',
    'ignored/x': 'x\n',
  });
  await using afs = await AgentFS.open(base);
  const ws = await afs.workspace.create('work');
  await ws.run('echo mine > ignored/x');
  const own = await ws.materialize();
  const pairs: string[] = [];
  for (const [number, place] of [
    'src',
    'ignored',
    `${own}.overlay`,
    `${own}.overlay/kept`,
    own,
  ].entries()) {
    const path = place.startsWith('/') ? place : join(base, place);
    const link = join(base, `.swap${number}`);
    symlinkSync(outside, link);
    pairs.push(path, link);
  }
  const flipper = await flip(pairs);
  for (let round = 0; round < rounds; round++) {
    await operate(afs, ws).catch(expectOurs);
    expect(listDirectory(outside)).toEqual(before);
  }
  flipper.kill('SIGKILL');
  await once(flipper, 'close');
  await operate(afs, ws).catch(expectOurs);
  expect(listDirectory(outside)).toEqual(before);
}
