/** Random changes of a workspace that a process is to make, and the states that they lead through. */

import { chmodSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentFS, Workspace } from '../../../src/index.ts';
import { ModelWorkspaces } from '../../model/support/model-workspaces.ts';
import { onModel } from '../../model/support/on-model.ts';
import { readAll } from '../../model/support/on-store.ts';
import { Operations, type WorkspaceOperation } from '../../model/support/operations.ts';
import type { Random } from '../../model/support/random.ts';
import { ModelFiles, type ModelItem, Refusal } from '../../support/model.ts';

/** A workspace between two operations. */
export interface State {
  readonly files: ReadonlyMap<string, ModelItem>;
  readonly snapshots: readonly (readonly [name: string, files: ReadonlyMap<string, ModelItem>])[];
  readonly history: readonly string[];
}

/** What a process is to do. */
export interface Plan {
  readonly operations: readonly WorkspaceOperation[];
  /** What each operation comes to: `done`, or the code of an error. */
  readonly outcomes: readonly string[];
  /** The state before the first operation, and after each. */
  readonly states: readonly State[];
}

// The model has no times: with a clock that stands still, a rewrite with the same content is none.
export const NOW: number = 1_700_000_000_000;

const CHANGES: ReadonlySet<string> = new Set<WorkspaceOperation['do']>([
  ...(['write', 'patch', 'mkdir', 'delete', 'move', 'copy', 'chmod', 'symlink', 'batch'] as const),
  ...(['snapshot', 'deleteSnapshot', 'restore', 'undo', 'redo'] as const),
]);

/**
 * A script for `runProcess` that does the operations of a task, and prints the outcome of each. It
 * makes the workspace if `task.create` says so, opens the store anew after every `task.reopen`
 * operations, and ends at the first outcome that is not the one in `task.outcomes`, if there are any.
 */
export const WRITER: string = `
  const open = () => new AgentFS(task.base, { clock: { now: () => task.now } });
  let afs = open();
  if (task.create) await afs.workspace.create(task.workspace);
  let workspace = await afs.workspace.get(task.workspace);
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
  for (const [i, operation] of task.operations.entries()) {
    if (i > 0 && i % task.reopen === 0) {
      await afs.close();
      afs = open();
      workspace = await afs.workspace.get(task.workspace);
    }
    const { do: verb, in: _, ...given } = operation;
    const outcome = await verbs[verb](given).then(() => 'done', codeOf);
    print(outcome);
    if (task.outcomes !== undefined && outcome !== task.outcomes[i]) break;
  }
  await afs.close();
`;

/** Writes the base that a plan begins with. */
export function writePlannedBase(base: string): void {
  writeFileSync(join(base, 'a'), 'base a');
  chmodSync(join(base, 'a'), 0o644);
  utimesSync(join(base, 'a'), NOW / 1000, NOW / 1000);
}

/** Makes up operations for a new workspace. */
export function planOperations(random: Random, count: number): Plan {
  const model = new ModelWorkspaces(new ModelFiles().write('a', 'base a'));
  model.create('one', {});
  const generator = new Operations(random, model);
  const operations: WorkspaceOperation[] = [];
  const outcomes: string[] = [];
  const states = [stateOf(model)];
  while (operations.length < count) {
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

function stateOf(model: ModelWorkspaces): State {
  const { files, snapshots, history } = model.get('one');
  return {
    files: files.items,
    snapshots: [...snapshots].map(([name, each]) => [name, each.items] as const),
    history: history.slice(0, 50),
  };
}

/** The state that a workspace is really in. */
export async function readState(afs: AgentFS, workspace: Workspace): Promise<State> {
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
