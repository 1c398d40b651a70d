/** Times of files: what a workspace shows has them, and they alone are no change. */

import { execFileSync, spawnSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { describe, expect, it, type TestContext } from 'vitest';
import type { AgentFS, RunResult, StrategyName, Workspace } from '../../src/index.ts';
import { type TestFiles, TestProject } from '../support/test-project.ts';
import { pair } from '../sync/support/replicas.ts';

/** `out` is made again when `in` is newer, and never changes but in its time. */
const FILES: TestFiles = {
  Makefile: 'out: in\n\t@echo BUILDING\n\t@touch out\n',
  in: '1\n',
  out: '',
};

/** Long ago, and a little later, in seconds. */
const [OLD, NEW] = [1_000_000_000, 1_000_000_001];

interface Setting {
  readonly project: TestProject;
  readonly afs: AgentFS;
  readonly workspace: Workspace;
  make(workspace?: Workspace): Promise<string>;
  run(line: string): Promise<RunResult>;
}

describe.each<StrategyName>(['directory', 'overlay'])('times in the %s strategy', (strategy) => {
  /** A project in which `in` is newer than `out`, or older. */
  async function setting(context: TestContext, out: number): Promise<Setting> {
    if (spawnSync('make', ['--version']).status !== 0) context.skip('make is not installed');
    const project = new TestProject(FILES);
    for (const path of ['Makefile', 'in']) utimesSync(project.path(path), OLD, OLD);
    utimesSync(project.path('out'), out, out);
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    const { strategies } = await afs.capabilities();
    const profiles = strategies.find(({ name }) => name === strategy)?.profiles ?? [];
    const refusals = profiles.flatMap((each) => (each.available ? [] : [each.reason]));
    if (refusals.length === profiles.length) context.skip(refusals[0] ?? 'not offered');
    const run = (line: string, where = workspace): Promise<RunResult> =>
      where.run(line, { strategy, check: true });
    const make = async (where = workspace): Promise<string> => (await run('make', where)).stdout;
    return { project, afs, workspace, make, run };
  }

  const BUILT = 'BUILDING\n';
  const NOTHING_TO_DO = "make: 'out' is up to date.\n";

  it('are kept between commands, so that make gets done', async (context) => {
    const { afs, workspace, make, run } = await setting(context, OLD - 1);
    const first = await run('make');
    expect(first).toMatchObject({ stdout: BUILT, changes: [], operationId: null });
    expect(await make()).toBe(NOTHING_TO_DO);
    await run('echo 2 > in');
    expect(await make()).toBe(BUILT);
    expect(await make()).toBe(NOTHING_TO_DO);
    await workspace.writeFile('in', '3\n');
    expect([await make(), await make()]).toEqual([BUILT, NOTHING_TO_DO]);
    const fork = await afs.workspace.create('other', { fromWorkspace: 'w' });
    expect(await make(fork)).toBe(NOTHING_TO_DO);
  });

  it('are those of the base in a new workspace, and change with it', async (context) => {
    const { project, afs, make } = await setting(context, NEW);
    expect(await make()).toBe(NOTHING_TO_DO);
    project.write('in', '5\n');
    expect(await make(await afs.workspace.create('stale'))).toBe(BUILT);
    execFileSync('make', { cwd: project.dir });
    const fresh = await afs.workspace.create('fresh');
    expect(await make(fresh)).toBe(NOTHING_TO_DO);
    utimesSync(project.path('out'), OLD, OLD);
    expect(await make(fresh)).toBe(NOTHING_TO_DO);
    await fresh.rebase();
    expect(await make(fresh)).toBe(BUILT);
  });

  it('are no change of a workspace', async (context) => {
    const { project, afs, workspace, run } = await setting(context, OLD);
    await run('touch out; touch -d @123456789 in');
    expect(await workspace.status()).toMatchObject({ hasChanges: false, behind: 0 });
    expect((await workspace.diff()).changes).toEqual([]);
    expect(await workspace.history()).toEqual([]);
    await expect(workspace.commit('times')).rejects.toMatchObject({ code: 'NOTHING_TO_COMMIT' });
    utimesSync(project.path('Makefile'), NEW, NEW);
    expect(await workspace.status({ refresh: true })).toMatchObject({ behind: 0, conflicts: [] });
    await workspace.rebase();
    expect(await workspace.history()).toEqual([]);
    await afs.workspace.delete(workspace.name);
  });

  it('stay with undo, redo and commit, and are merged', async (context) => {
    const { workspace, make, run } = await setting(context, OLD - 1);
    await run('echo 2 > in');
    await run('make; touch -d @123456789 Makefile');
    await workspace.undo();
    expect(await workspace.readText('in')).toBe('1\n');
    await workspace.redo();
    expect(await make()).toBe(BUILT);
    const session = await workspace.session({ strategy });
    await session.run('make; touch -d @123456789 Makefile');
    await workspace.writeFile('other', 'api');
    await session.close();
    expect((await workspace.stat('Makefile')).mtime).toEqual(new Date(123_456_789_000));
    await workspace.commit('all of it');
    expect(await make()).toBe(NOTHING_TO_DO);
    expect((await run('stat -c %Y Makefile')).stdout).toBe('123456789\n');
  });

  it('are shown to the millisecond', async (context) => {
    const { afs, workspace, run } = await setting(context, OLD);
    const times = Array.from({ length: 40 }, (_, i) => 1_700_000_000_000 + i * 7919);
    const seconds = (ms: number): string => (ms / 1000).toFixed(3);
    await run(times.map((ms) => `touch -d @${seconds(ms)} t${ms}`).join('; '));
    const before = await workspace.snapshot.create('before');
    // Another workspace gets files that are written anew.
    const fork = await afs.workspace.create('other', { fromSnapshot: 'before' });
    const { stdout } = await fork.run('stat -c %.3Y t*; echo x > x', { strategy });
    expect(stdout).toBe(`${times.map(seconds).join('\n')}\n`);
    expect(await fork.delete('x')).toBeUndefined();
    expect((await fork.snapshot.create('after')).tree).toBe(before.tree);
  });
});

it('of files are nothing to push', async () => {
  const { a, b } = await pair({ 'a.txt': 'a\n' });
  await a.workspace.run('touch -d @123456789 a.txt', { check: true });
  expect(await a.workspace.sync.status()).toMatchObject({ state: 'synced', pendingChanges: 0 });
  expect(await a.workspace.sync.push()).toMatchObject({ upToDate: true, objects: 0 });
  await a.workspace.writeFile('b.txt', 'b\n');
  await a.workspace.sync.push();
  await b.workspace.sync.pull();
  expect((await b.workspace.stat('a.txt')).mtime).toEqual(new Date(123_456_789_000));
});
