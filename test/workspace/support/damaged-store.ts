/** A store that is damaged in its files, while the log of a process that was killed lies beside it. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { AgentFS, AgentFSError } from '../../../src/index.ts';
import { runProcess } from './store-process.ts';

/** The files of a store; undefined where there is none. */
export interface StoreFiles {
  readonly database: Buffer | undefined;
  readonly log: Buffer | undefined;
}

const WRITES = 30;

/** The first half is in the database, the second in the log: every write replaces the same file. */
const WRITER = `
  let afs = new AgentFS(task.base);
  let workspace = await afs.workspace.create('one');
  print('working');
  for (let i = 1; i <= task.writes; i++) {
    await workspace.batch([
      { type: 'write', path: 'same', content: 'version ' + i },
      { type: 'write', path: 'directory/' + i, content: 'content ' + i },
    ]);
    if (i % 10 === 0) await workspace.snapshot.create('s' + i);
    if (i !== task.writes / 2) continue;
    await afs.close();
    afs = new AgentFS(task.base);
    workspace = await afs.workspace.get('one');
  }
  process.kill(process.pid, 'SIGKILL');
`;

export class DamagedStore {
  /** What the process has left. */
  readonly files: Required<StoreFiles>;
  readonly #base: string;

  private constructor(base: string) {
    this.#base = base;
    this.files = { database: readFileSync(this.#path('')), log: readFileSync(this.#path('-wal')) };
  }

  static async create(): Promise<DamagedStore> {
    const base = mkdtempSync(join(tmpdir(), 'agentfs-damaged-'));
    onTestFinished(() => rmSync(base, { recursive: true }));
    writeFileSync(join(base, 'of-the-base'), 'content');
    const end = await runProcess(WRITER, { base, writes: WRITES });
    expect(end).toMatchObject({ errors: '', signal: 'SIGKILL' });
    return new DamagedStore(base);
  }

  /**
   * Reads all of a store that has these files. Every byte that it gives must have been written, and
   * where a snapshot is missing, verifying has to find the damage.
   *
   * Returns the last write that is there; the same after `damaged`, when verifying finds damage
   * though all of it could be read; or the code of the error that was met.
   */
  async read(files: StoreFiles): Promise<number | string> {
    this.#lay(files);
    const afs = new AgentFS(this.#base);
    try {
      const { last, isComplete } = await readAll(afs);
      const { ok } = await afs.verify();
      expect(ok && !isComplete).toBe(false);
      return ok ? last : `damaged ${last}`;
    } catch (error) {
      return codeOf(error);
    } finally {
      await afs.close();
    }
  }

  /** The bytes of the database as they are now. */
  database(): Buffer {
    return readFileSync(this.#path(''));
  }

  #lay({ database, log }: StoreFiles): void {
    rmSync(join(this.#base, '.agentfs'), { recursive: true });
    mkdirSync(join(this.#base, '.agentfs'));
    if (database !== undefined) writeFileSync(this.#path(''), database);
    if (log !== undefined) writeFileSync(this.#path('-wal'), log);
  }

  #path(suffix: string): string {
    return join(this.#base, `.agentfs/agentfs.db${suffix}`);
  }
}

/** The code of an error; of two, where a temporary workspace could not be deleted either, the first. */
function codeOf(error: unknown): string {
  if (error instanceof AgentFSError) return error.code;
  const { error: later, suppressed: first }: { error?: unknown; suppressed?: unknown } =
    Object(error);
  if (later instanceof AgentFSError && first instanceof AgentFSError) return first.code;
  throw error;
}

/** Compares everything with what was written; whether all snapshots are there that were taken. */
async function readAll(afs: AgentFS): Promise<{ last: number; isComplete: boolean }> {
  const workspace = await afs.workspace.get('one');
  const last = Number((await workspace.readText('same')).replace('version ', ''));
  const names = await workspace.readdir('directory');
  expect(names.map(Number).toSorted((a, b) => a - b)).toEqual(upTo(last));
  for (const name of names) {
    expect(await workspace.readText(`directory/${name}`)).toBe(`content ${name}`);
  }
  expect(await workspace.readText('of-the-base')).toBe('content');
  const snapshots = await workspace.snapshot.list();
  for (const { name } of snapshots) {
    await using copy = await afs.workspace.temp('look', { fromSnapshot: `one/${name}` });
    expect(await copy.readText('same')).toBe(`version ${name.slice(1)}`);
  }
  // The newest is taken after the write that it is named by.
  return { last, isComplete: snapshots.length >= Math.floor((last - 1) / 10) };
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
