/** Processes that write, keep and collect in one store at the same time, and the proof of what is left. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { AgentFS, type Workspace } from '../../../src/index.ts';
import { runProcess } from './store-process.ts';

const FILES = 8;

/** Writes the same number into all files, one batch after another, and one file on its own. */
const WRITER = `
  const afs = new AgentFS(task.base);
  const workspace = await afs.workspace.get('shared');
  print('working');
  for (let i = 1; i <= task.count; i++) {
    await workspace.batch(
      Array.from({ length: task.files }, (_, n) => ({ type: 'write', path: 'batch/' + n, content: String(i) })),
    );
    await workspace.writeFile('writer/' + (i % 50), 'written ' + (i % 50));
  }
  await afs.close();
`;

/** Takes snapshots and forks, restores in a workspace of its own, and deletes half of them. */
const KEEPER = `
  const afs = new AgentFS(task.base);
  const shared = await afs.workspace.get('shared');
  const own = await afs.workspace.create('own');
  print('working');
  for (let i = 1; i <= task.count; i++) {
    await shared.snapshot.create('s' + i);
    const fork = await afs.workspace.create('fork-' + i, { fromSnapshot: 'shared/s' + i });
    await fork.writeFile('fork', String(i));
    await own.writeFile('own', String(i));
    await own.snapshot.create('s' + i);
    if (i > 3) await own.snapshot.restore('s' + (i - 3));
    if (i % 2 === 0) await afs.workspace.delete('fork-' + i);
    if (i % 2 === 0) await shared.snapshot.delete('s' + i);
  }
  await afs.close();
`;

const COLLECTOR = `
  const afs = new AgentFS(task.base);
  await afs.workspace.list();
  print('working');
  for (let i = 0; i < task.count; i++) await afs.gc();
  await afs.close();
`;

/** How often each process does what it does; `keeps` is even. */
export interface Crowd {
  readonly writes: number;
  readonly keeps: number;
  readonly collections: number;
}

/** Runs a writer, a keeper and a collector to their ends, and looks for what they have to leave. */
export async function runCrowd({ writes, keeps, collections }: Crowd): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-processes-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  writeFileSync(join(base, 'file'), 'of the base');
  await using afs = new AgentFS(base);
  const shared = await afs.workspace.create('shared');
  const ends = await Promise.all([
    runProcess(WRITER, { base, count: writes, files: FILES }),
    runProcess(KEEPER, { base, count: keeps }),
    runProcess(COLLECTOR, { base, count: collections }),
  ]);
  for (const end of ends) expect(end).toMatchObject({ errors: '', status: 0 });
  expect(await contentsOf(shared)).toEqual(new Set([String(writes)]));
  for (let i = 0; i < 50; i++) {
    expect(await shared.readText(`writer/${i}`)).toBe(`written ${i}`);
  }
  for (let i = 1; i < keeps; i += 2) {
    const fork = await afs.workspace.get(`fork-${i}`);
    expect(await fork.readText('fork')).toBe(String(i));
    expect(await fork.readText('file')).toBe('of the base');
    // A batch is never seen in part: all of its files have the same number, or there are none.
    expect((await contentsOf(fork)).size).toBeLessThan(2);
  }
  expect((await shared.snapshot.list()).map(({ name }) => name)).toEqual(
    Array.from({ length: keeps / 2 }, (_, i) => `s${2 * i + 1}`),
  );
  expect(await (await afs.workspace.get('own')).readText('own')).toBe(String(keeps - 3));
  expect(await afs.verify()).toMatchObject({ ok: true });
}

/** What is in the files of the batch. */
async function contentsOf(workspace: Workspace): Promise<Set<string>> {
  if (!(await workspace.exists('batch'))) return new Set();
  const infos = await workspace.listDir('batch');
  expect(infos).toHaveLength(FILES);
  return new Set(await Promise.all(infos.map(({ path }) => workspace.readText(path))));
}
