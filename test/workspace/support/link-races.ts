/** Directories that another process exchanges with links to elsewhere, all the time. */

import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import { AgentFS } from '../../../src/agentfs.ts';
import { AgentFSError } from '../../../src/primitives/errors.ts';
import type { Workspace } from '../../../src/workspace/workspace.ts';
import { exchange } from '../../support/exchange.ts';
import { listDirectory, temporaryDirectory } from '../../support/run-fixture.ts';
import { dieInCommit } from './interrupted-commit.ts';

const PATIENCE_MS = 60_000;

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
  rebase: async (_, ws) => {
    await ws.rebase({ onConflict: 'ours' });
  },
  revert: async (afs, ws) => {
    await ws.writeFile('src/a.txt', `${Math.random()}\n`);
    const { id } = await ws.commit('change');
    await afs.revert(id, { onConflict: 'ours' });
  },
  export: async (_, ws) => {
    await ws.materialize();
    await pipeline(ws.exportTar(), new Writable({ write: (_bytes, _encoding, next) => next() }));
  },
  import: async (afs, ws) => {
    await ws.importTar(ws.exportTar(), { replace: true });
    const { name } = await afs.workspace.importTar(`tar-${Math.random()}`, ws.exportTar());
    await afs.workspace.delete(name, { force: true });
  },
  recovery: async (afs, ws) => {
    // What a process has left that died after its first file; the next one that commits takes it back.
    dieInCommit({ dir: afs.basePath });
    await ws.writeFile('src/a.txt', `${Math.random()}\n`);
    await ws.commit('change');
  },
  session: async (_, ws) => {
    const session = await ws.session();
    await session.run('echo x > ignored/x; echo y >> src/a.txt').catch(expectOurs);
    await session.checkpoint().catch(expectOurs);
    await session.close();
  },
  start: async (_, ws) => {
    await ws.start('rm -rf ignored/sub; mkdir -p ignored/sub; echo y > ignored/sub/y').wait();
  },
};

function expectOurs(error: unknown): void {
  expect(error).toBeInstanceOf(AgentFSError);
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
  const flipper = await exchange(pairs);
  let done = 0;
  const end = performance.now() + PATIENCE_MS;
  // An operation that never gets through has not been raced.
  for (let round = 0; round < rounds || (done === 0 && performance.now() < end); round++) {
    await operate(afs, ws).then(() => done++, expectOurs);
    expect(listDirectory(outside)).toEqual(before);
  }
  expect(done).toBeGreaterThan(0);
  flipper.kill('SIGKILL');
  await once(flipper, 'close');
  await operate(afs, ws).catch(expectOurs);
  expect(listDirectory(outside)).toEqual(before);
}
