/** Kills processes that change a workspace, and compares what is left with the model. */

import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { AgentFS, type Workspace } from '../../../src/index.ts';
import { ModelWorkspaces } from '../../model/support/model-workspaces.ts';
import { onModel } from '../../model/support/on-model.ts';
import { readAll } from '../../model/support/on-store.ts';
import { Operations, type WorkspaceOperation } from '../../model/support/operations.ts';
import { Random } from '../../model/support/random.ts';
import { ModelFiles, type ModelItem, Refusal } from '../../support/model.ts';
import { type Fate, runProcess } from './store-process.ts';

/** A workspace between two operations. */
interface State {
  readonly files: ReadonlyMap<string, ModelItem>;
  readonly snapshots: readonly (readonly [name: string, files: ReadonlyMap<string, ModelItem>])[];
  readonly history: readonly string[];
}

/** Operations of a child; more than it gets done. */
const OPERATIONS = 300;

/** Workspaces of earlier rounds that are looked at again. */
const KEPT_ROUNDS = 1;

// The model has no times: with a clock that stands still, a rewrite with the same content is none.
const NOW = 1_700_000_000_000;

const CHANGES: ReadonlySet<string> = new Set<WorkspaceOperation['do']>([
  ...(['write', 'patch', 'mkdir', 'delete', 'move', 'copy', 'chmod', 'symlink', 'batch'] as const),
  ...(['snapshot', 'deleteSnapshot', 'restore', 'undo', 'redo'] as const),
]);

const WRITER = `
  const afs = new AgentFS(task.base, { clock: { now: () => task.now } });
  const workspace = await afs.workspace.get(task.workspace);
  const bytes = (text) => Buffer.from(text, 'latin1');
  const verbs = {
    write: ({ path, data, ...rest }) => workspace.writeFile(path, bytes(data), rest),
    patch: ({ path, data, position }) => workspace.patchFile(path, bytes(data), position),
    mkdir: ({ path, ...rest }) => workspace.mkdir(path, rest),
    delete: ({ path, ...rest }) => workspace.delete(path, rest),
    move: ({ from, to, ...rest }) => workspace.move(from, to, rest),
    copy: ({ from, to, ...rest }) => workspace.copy(from, to, rest),
    chmod: ({ path, mode }) => workspace.chmod(path, mode),
    symlink: ({ target, path }) => workspace.symlink(target, path),
    batch: ({ operations }) => workspace.batch(operations),
    snapshot: ({ name }) => workspace.snapshot.create(name),
    deleteSnapshot: ({ name }) => workspace.snapshot.delete(name),
    restore: ({ name, ...rest }) => workspace.snapshot.restore(name, rest),
    undo: () => workspace.undo(),
    redo: () => workspace.redo(),
  };
  print('working');
  for (const operation of task.operations) {
    print(await verbs[operation.do](operation).then(() => 'done', codeOf));
  }
  await afs.close();
`;

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
    writeFileSync(join(this.base, 'a'), 'base a');
    chmodSync(join(this.base, 'a'), 0o644);
    utimesSync(join(this.base, 'a'), NOW / 1000, NOW / 1000);
  }

  /**
   * Has a process make random changes until it is killed. What it acknowledged must be there then,
   * and of the one operation that it may have been at, all or nothing.
   */
  async round(fate: Fate): Promise<void> {
    this.#round += 1;
    const name = `round-${this.#round}`;
    await this.#withStore((afs) => afs.workspace.create(name));
    const { operations, outcomes, states } = this.#plan();
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

  /** The operations of a round, what each comes to, and the states between them. */
  #plan(): { operations: WorkspaceOperation[]; outcomes: string[]; states: State[] } {
    const model = new ModelWorkspaces(new ModelFiles().write('a', 'base a'));
    model.create('one', {});
    const generator = new Operations(this.#random, model);
    const operations: WorkspaceOperation[] = [];
    const outcomes: string[] = [];
    const states = [stateOf(model)];
    while (operations.length < OPERATIONS) {
      const operation = generator.next();
      if (!('in' in operation) || operation.in !== 'one' || !CHANGES.has(operation.do)) continue;
      // The command line has an end.
      if (JSON.stringify(operation).length > 1000) continue;
      operations.push(operation);
      outcomes.push(outcomeOf(() => onModel(model, operation)));
      states.push(stateOf(model));
    }
    return { operations, outcomes, states };
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

function stateOf(model: ModelWorkspaces): State {
  const { files, snapshots, history } = model.get('one');
  return {
    files: files.items,
    snapshots: [...snapshots].map(([name, each]) => [name, each.items] as const),
    history: history.slice(0, 50),
  };
}

async function readState(afs: AgentFS, workspace: Workspace): Promise<State> {
  const snapshots: (readonly [string, Map<string, ModelItem>])[] = [];
  for (const { name } of await workspace.snapshot.list()) {
    await using copy = await afs.workspace.temp('look', {
      fromSnapshot: `${workspace.name}/${name}`,
    });
    snapshots.push([name, await readAll(copy)]);
  }
  const steps = await workspace.history({ limit: 50 });
  const history = steps.map(({ kind, undone }) => (undone ? `${kind}, undone` : kind));
  return { files: await readAll(workspace), snapshots, history };
}

function outcomeOf(action: () => unknown): string {
  try {
    action();
    return 'done';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}
