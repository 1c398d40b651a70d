/** Kills processes that change a workspace, and compares what is left with the model. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { AgentFS } from '../../../src/index.ts';
import type { WorkspaceOperation } from '../../model/support/operations.ts';
import { Random } from '../../model/support/random.ts';
import {
  NOW,
  planOperations,
  readState,
  type State,
  WRITER,
  writePlannedBase,
} from './store-plan.ts';
import { type Fate, runProcess } from './store-process.ts';

/** Operations of a child; more than it gets done. */
const OPERATIONS = 300;

/** Workspaces of earlier rounds that are looked at again. */
const KEPT_ROUNDS = 1;

/** A base on which one process after another is killed. */
export class StoreKills {
  readonly base: string;
  /** Rounds in which the process was killed before it had done everything. */
  killed = 0;
  readonly #random: Random;
  readonly #earlier: { readonly name: string; readonly state: State }[] = [];
  #round = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.base = mkdtempSync(join(tmpdir(), 'agentfs-kill-'));
    onTestFinished(() => rmSync(this.base, { recursive: true }));
    writePlannedBase(this.base);
  }

  /**
   * Has a process make random changes until it is killed. What it acknowledged must be there then,
   * and of the one operation that it may have been at, all or nothing.
   */
  async round(fate: Fate): Promise<void> {
    this.#round += 1;
    const name = `round-${this.#round}`;
    await this.#withStore((afs) => afs.workspace.create(name));
    const { operations, outcomes, states } = planOperations(this.#random, OPERATIONS);
    const end = await runProcess(
      WRITER,
      { base: this.base, workspace: name, operations, now: NOW },
      fate,
    );
    expect(end.errors).toBe('');
    expect(end.lines).toEqual(outcomes.slice(0, end.lines.length));
    if (end.lines.length < OPERATIONS) {
      expect(end.signal).toBe('SIGKILL');
      this.killed += 1;
    }
    const possible = states.slice(end.lines.length, end.lines.length + 2);
    await this.#withStore(async (afs) => {
      const actual = await readState(afs, await afs.workspace.get(name));
      const state = possible.find((each) => isDeepStrictEqual(each, actual));
      if (state === undefined)
        expect(actual, this.#last(operations, end.lines)).toEqual(possible[0]);
      else this.#earlier.push({ name, state });
      await this.#checkEarlier(afs);
      expect(await afs.verify()).toMatchObject({ ok: true });
    });
  }

  async #checkEarlier(afs: AgentFS): Promise<void> {
    for (const { name, state } of this.#earlier) {
      const actual = await readState(afs, await afs.workspace.get(name));
      // Vitest compares maps slowly: it is asked only for what it shows of a difference.
      if (!isDeepStrictEqual(actual, state)) expect(actual).toEqual(state);
    }
    if (this.#earlier.length <= KEPT_ROUNDS) return;
    const [oldest] = this.#earlier.splice(0, 1);
    if (oldest !== undefined) await afs.workspace.delete(oldest.name);
    await afs.gc();
  }

  async #withStore<T>(action: (afs: AgentFS) => Promise<T>): Promise<T> {
    const afs = new AgentFS(this.base, { clock: { now: () => NOW } });
    try {
      return await action(afs);
    } finally {
      await afs.close();
    }
  }

  #last(operations: readonly WorkspaceOperation[], lines: readonly string[]): string {
    const last = operations.slice(Math.max(0, lines.length - 5), lines.length + 1);
    return `round ${this.#round}: ${last.map((each) => JSON.stringify(each)).join('\n')}`;
  }
}
