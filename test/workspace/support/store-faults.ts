/** Processes whose disk fails at some call while they change a workspace. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { AgentFS } from '../../../src/index.ts';
import { Random } from '../../model/support/random.ts';
import { injecting } from '../../project/support/committer.ts';
import { NOW, planOperations, readState, WRITER, writePlannedBase } from './store-plan.ts';
import { runProcess } from './store-process.ts';

const OPERATIONS = 60;

/** What a store may say of a disk that fails. */
const TYPED: ReadonlySet<string> = new Set(['STORE_IO', 'STORE_FULL', 'STORE_READ_ONLY']);

// Opening may fail too, and no error may come without a code.
const GUARDED = `
  print('started');
  const work = async () => {${WRITER}};
  await work().catch((error) => print(codeOf(error)));
`;

/** A base whose store meets one failure after another. */
export class StoreFaults {
  /** Rounds in which the process heard of the failure. */
  told = 0;
  readonly #base: string;
  readonly #random: Random;
  #round = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#base = mkdtempSync(join(tmpdir(), 'agentfs-fault-'));
    onTestFinished(() => rmSync(this.#base, { recursive: true }));
    writePlannedBase(this.#base);
  }

  /**
   * Makes the n-th call of a process fail, which changes a workspace until an operation does not
   * come to what it should. That one must have a typed error and must not have happened; all others
   * must have, as a second process finds.
   */
  async fail(call: string, errno: string, when: number): Promise<void> {
    this.#round += 1;
    const workspace = `round-${this.#round}`;
    await this.#withStore((afs) => afs.workspace.create(workspace));
    const { operations, outcomes, states } = planOperations(this.#random, OPERATIONS);
    const task = { base: this.#base, workspace, operations, outcomes, now: NOW };
    const launcher = ['strace', '-f', '-qq', ...injecting(`error=${errno}`, { call, when })];
    const end = await runProcess(GUARDED, task, { launcher });
    const where = `${errno} at ${call} ${when}`;
    expect(end, where).toMatchObject({ errors: '', status: 0 });
    const lines = end.lines.filter((line) => line !== 'working');
    const failed = lines.findIndex((line, i) => line !== outcomes[i]);
    const done = failed < 0 ? lines.length : failed;
    if (done < OPERATIONS) {
      expect(TYPED, where).toContain(lines[done]);
      this.told += 1;
    }
    await this.#withStore(async (afs) => {
      const state = await readState(afs, await afs.workspace.get(workspace));
      expect(state, where).toEqual(states[done]);
      expect(await afs.verify(), where).toMatchObject({ ok: true });
      await afs.workspace.delete(workspace);
    });
  }

  async #withStore<T>(action: (afs: AgentFS) => Promise<T>): Promise<T> {
    const afs = new AgentFS(this.#base, { clock: { now: () => NOW } });
    try {
      return await action(afs);
    } finally {
      await afs.close();
    }
  }
}
