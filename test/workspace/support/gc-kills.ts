/** Kills processes that collect garbage, and looks whether anything that was needed is gone. */

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { AgentFS } from '../../../src/index.ts';
import { type Fate, runProcess } from './store-process.ts';

const COLLECTOR = `
  const afs = new AgentFS(task.base);
  await afs.workspace.list();
  print('working');
  await afs.gc();
  print('collected');
`;

const SNAPSHOTS = 50;
const FILES = 20;

/** A store with 50 snapshots, half of them deleted, of which each round gets a copy. */
export class GarbageKills {
  /** Rounds in which the collection did not come to its end. */
  killed = 0;
  readonly #directory: string;
  readonly #left: Awaited<ReturnType<typeof objectsOf>>;

  private constructor(directory: string, left: Awaited<ReturnType<typeof objectsOf>>) {
    this.#directory = directory;
    this.#left = left;
  }

  static async start(): Promise<GarbageKills> {
    const directory = mkdtempSync(join(tmpdir(), 'agentfs-gc-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    await fill(join(directory, 'original'));
    const undisturbed = copyOf(directory);
    const end = await runProcess(COLLECTOR, { base: undisturbed });
    expect(end).toMatchObject({ errors: '', lines: ['collected'] });
    return new GarbageKills(directory, await objectsOf(undisturbed));
  }

  /** Collects with something going wrong; what is needed stays, and the next collection finishes. */
  async round(fate: Fate): Promise<void> {
    const base = copyOf(this.#directory);
    const end = await runProcess(COLLECTOR, { base }, fate);
    expect(end.errors).toBe('');
    if (end.lines.length === 0) {
      expect(end.signal).toBe('SIGKILL');
      this.killed += 1;
    }
    await readSnapshots(base);
    expect(await objectsOf(base)).toEqual(this.#left);
    rmSync(base, { recursive: true });
  }
}

async function fill(base: string): Promise<void> {
  mkdirSync(base);
  await using afs = new AgentFS(base);
  const workspace = await afs.workspace.create('one');
  for (let i = 0; i < SNAPSHOTS; i++) {
    await workspace.batch(
      Array.from({ length: FILES }, (_, file) => {
        return { type: 'write', path: `directory-${file % 5}/${file}`, content: `${file} of ${i}` };
      }),
    );
    await workspace.snapshot.create(`s${i}`);
  }
  for (let i = 0; i < SNAPSHOTS; i += 2) await workspace.snapshot.delete(`s${i}`);
  // The steps of a workspace hold their trees: a fork has none, and keeps nothing but its own.
  for (let i = 1; i < SNAPSHOTS; i += 2) {
    await afs.workspace.create(`fork-${i}`, { fromSnapshot: `one/s${i}` });
  }
  await afs.workspace.delete('one');
}

/** Copies the original store; the log is empty, since it was closed. */
function copyOf(directory: string): string {
  const base = mkdtempSync(join(directory, 'copy-'));
  mkdirSync(join(base, '.agentfs'));
  const [from, to] = [join(directory, 'original'), base].map((each) =>
    join(each, '.agentfs/agentfs.db'),
  );
  copyFileSync(from ?? '', to ?? '');
  return base;
}

/** Reads everything that the forks of the snapshots hold, and proves the store. */
async function readSnapshots(base: string): Promise<void> {
  await using afs = new AgentFS(base);
  for (let i = 1; i < SNAPSHOTS; i += 2) {
    const workspace = await afs.workspace.get(`fork-${i}`);
    for (let file = 0; file < FILES; file++) {
      expect(await workspace.readText(`directory-${file % 5}/${file}`)).toBe(`${file} of ${i}`);
    }
  }
  expect(await afs.verify()).toMatchObject({ ok: true });
}

/** What is left after a collection to the end. */
async function objectsOf(base: string): Promise<unknown> {
  await using afs = new AgentFS(base);
  await afs.gc();
  const { objects, reclaimable } = await afs.storage.usage();
  return { objects, reclaimable };
}
