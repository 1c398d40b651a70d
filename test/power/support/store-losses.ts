/** Power cuts while a workspace is changed: acknowledged operations may be lost only from the end. */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { AgentFS } from '../../../src/index.ts';
import { Random } from '../../model/support/random.ts';
import {
  NOW,
  type Plan,
  planOperations,
  readState,
  type State,
  WRITER,
  writePlannedBase,
} from '../../workspace/support/store-plan.ts';
import { PowerLosses } from './power-losses.ts';

const OPERATIONS = 30;

/** One process that makes random changes, and what its store may be after each. */
export class StoreLosses {
  readonly #seed: number;
  readonly #plan: Plan;
  readonly #losses: PowerLosses;

  private constructor(seed: number, plan: Plan, losses: PowerLosses) {
    this.#seed = seed;
    this.#plan = plan;
    this.#losses = losses;
  }

  /** Records a process; with an even seed it makes the store, with an odd one it finds it made. */
  static async record(seed: number): Promise<StoreLosses> {
    const plan = planOperations(new Random(seed), OPERATIONS);
    const create = seed % 2 === 0;
    const { operations } = plan;
    const prepare = async (base: string): Promise<void> => {
      mkdirSync(base);
      writePlannedBase(base);
      if (!create) await withStore(base, (afs) => afs.workspace.create('one'));
    };
    const task = { workspace: 'one', operations, now: NOW, create, reopen: 7 + (seed % 10) };
    return new StoreLosses(seed, plan, await PowerLosses.record(prepare, WRITER, task));
  }

  /** Cuts the power at so many moments. */
  async check(count: number, syncs = true): Promise<void> {
    const { operations, states } = this.#plan;
    const check = async (base: string, [begun, ...lines]: readonly string[]): Promise<void> => {
      const durable = operations.findLastIndex(
        (each, i) => each.do === 'snapshot' && lines[i] === 'done',
      );
      const actual = await withStore(base, (afs) => stateAfterCrash(afs));
      const possible = states.slice(durable + 1, lines.length + 2);
      // Nothing was promised of a workspace that has no snapshot.
      if (actual === undefined && durable < 0) return;
      if (possible.some((each) => isDeepStrictEqual(each, actual))) return;
      const where = `seed ${this.#seed}, ${begun} and ${lines.length} lines, ${durable} durable`;
      expect(actual, where).toEqual(possible.at(-1));
    };
    await this.#losses.check(check, { seed: this.#seed, count, syncs });
  }
}

/** What is there after a power cut, after which everything has to be whole. */
async function stateAfterCrash(afs: AgentFS): Promise<State | undefined> {
  const names = (await afs.workspace.list()).map(({ name }) => name);
  const state = names.includes('one')
    ? await readState(afs, await afs.workspace.get('one'))
    : undefined;
  expect(await afs.verify()).toMatchObject({ ok: true });
  expect(readFileSync(join(afs.basePath, '.agentfs/.gitignore'), 'utf8')).toBe('*\n');
  return state;
}

async function withStore<T>(base: string, action: (afs: AgentFS) => Promise<T>): Promise<T> {
  const afs = new AgentFS(base, { clock: { now: () => NOW } });
  try {
    return await action(afs);
  } finally {
    await afs.close();
  }
}
