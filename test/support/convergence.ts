/**
 * Three replicas of a workspace do random things, push and pull in any order; in the end, when each
 * has heard of everything, all show the same tree, and what one alone has written is in it.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import { SyncConflictError, type Workspace } from '../../src/index.ts';
import { newPlace, type Place, treeOf } from './replica.ts';
import { TestProject, textsOf } from './test-project.ts';
import { anyPath, anyText } from './tree-arbitraries.ts';

const REPLICAS = 3;
const STRATEGIES = ['manual', 'local-wins', 'remote-wins', 'last-write-wins', 'merge'] as const;
/** More rounds than any order of pushes and pulls needs. */
const MAX_ROUNDS = 12;

type Strategy = (typeof STRATEGIES)[number];
type Step =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'own'; readonly name: string; readonly text: string }
  | { readonly kind: 'delete' | 'mkdir' | 'chmod'; readonly path: string }
  | { readonly kind: 'move'; readonly path: string; readonly to: string }
  | { readonly kind: 'push' | 'pull' | 'snapshot' };
type Action = Step & { readonly replica: number };

/** A history, and how each replica decides. */
interface Story {
  readonly actions: readonly Action[];
  readonly strategies: readonly Strategy[];
  /** Who decides for the remote side where somebody has to. */
  readonly yields: readonly boolean[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('write' as const), path: anyPath, text: anyText }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('own' as const),
      name: fc.constantFrom('x', 'y'),
      text: anyText,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), path: anyPath }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('mkdir' as const, 'chmod' as const),
      path: anyPath,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move' as const), path: anyPath, to: anyPath }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('push' as const, 'pull' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
);

const story: fc.Arbitrary<Story> = fc.record({
  actions: fc.array(
    fc.tuple(fc.nat(REPLICAS - 1), step).map(([replica, what]): Action => ({ ...what, replica })),
    { minLength: 5, maxLength: 30 },
  ),
  strategies: fc.array(fc.constantFrom(...STRATEGIES), {
    minLength: REPLICAS,
    maxLength: REPLICAS,
  }),
  yields: fc.array(fc.boolean(), { minLength: REPLICAS, maxLength: REPLICAS }),
});

/** Tells `numRuns` random stories, all by the same replicas and over the same remote. */
export async function checkConvergence(numRuns: number, seed?: number): Promise<void> {
  const place = newPlace();
  const stores = Array.from({ length: REPLICAS }, () =>
    new TestProject().open({ core: { maxWorkspaces: 0 } }),
  );
  let told = 0;
  const property = fc.asyncProperty(story, async (next) => {
    told += 1;
    const workspaces = await Promise.all(
      stores.map((afs) => afs.workspace.create(`story-${told}`)),
    );
    await tell(place, workspaces, next);
    await Promise.all(stores.map((afs) => afs.workspace.delete(`story-${told}`)));
  });
  await fc.assert(property, {
    numRuns,
    endOnFailure: true,
    ...(seed === undefined ? {} : { seed }),
  });
  for (const afs of stores) expect((await afs.verify()).ok).toBe(true);
}

async function tell(
  place: Place,
  workspaces: readonly Workspace[],
  { actions, strategies, yields }: Story,
): Promise<void> {
  for (const [i, workspace] of workspaces.entries()) {
    const conflictResolution = strategies[i] ?? 'manual';
    await workspace.sync.enable(place);
    await workspace.sync.config({ conflictResolution });
    if (i === 0) await workspace.sync.push();
    else await workspace.sync.pull();
  }
  const owned = new Map<string, string>();
  for (const action of actions) {
    const workspace = workspaces[action.replica];
    if (workspace !== undefined) await act(workspace, action, owned);
  }
  await settle(workspaces, yields);
  const trees = await Promise.all(workspaces.map(treeOf));
  expect(new Set(trees).size).toBe(1);
  for (const workspace of workspaces) {
    const texts = await textsOf(workspace);
    for (const [where, what] of owned) expect(texts[where]).toBe(what);
  }
}

async function act(
  workspace: Workspace,
  action: Action,
  owned: Map<string, string>,
): Promise<void> {
  switch (action.kind) {
    case 'own': {
      // Nobody else touches these, so nothing may ever become of them but what was written.
      const where = `own-${action.replica}-${action.name}`;
      await workspace.writeFile(where, action.text);
      owned.set(where, action.text);
      return;
    }
    case 'write':
      return unlessRefused(workspace.writeFile(action.path, action.text));
    case 'delete':
      return unlessRefused(workspace.delete(action.path, { recursive: true }));
    case 'mkdir':
      return unlessRefused(workspace.mkdir(action.path, { recursive: true }));
    case 'chmod':
      return unlessRefused(workspace.chmod(action.path, 0o755));
    case 'move':
      return unlessRefused(workspace.move(action.path, action.to));
    case 'snapshot':
      await workspace.snapshot.create(`s-${(await workspace.snapshot.list()).length}`);
      return;
    case 'push':
      return unlessConflict(workspace.sync.push());
    case 'pull':
      return unlessConflict(workspace.sync.pull());
  }
}

/** Random paths are often wrong: a file above a file, nothing to delete. */
async function unlessRefused(promise: Promise<unknown>): Promise<void> {
  await promise.catch((error) => {
    if (!/^(E[A-Z]+|INVALID_PATH)$/.test(error.code)) throw error;
  });
}

async function unlessConflict(promise: Promise<unknown>): Promise<void> {
  await promise.catch((error) => {
    if (!(error instanceof SyncConflictError)) throw error;
  });
}

/** Each replica in turn decides, pulls and pushes, until nothing moves any more. */
async function settle(workspaces: readonly Workspace[], yields: readonly boolean[]): Promise<void> {
  let before: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const [i, workspace] of workspaces.entries()) {
      await decide(workspace, yields[i] === true ? 'remote' : 'local');
      await workspace.sync.push();
    }
    const trees = await Promise.all(workspaces.map(treeOf));
    if (new Set(trees).size === 1 && trees.every((tree, i) => tree === before[i])) return;
    before = trees;
  }
  throw new Error(`The replicas have not come to rest in ${MAX_ROUNDS} rounds.`);
}

async function decide(workspace: Workspace, side: 'local' | 'remote'): Promise<void> {
  await unlessConflict(workspace.sync.pull());
  for (const { path: where } of await workspace.sync.conflicts()) {
    await workspace.sync.resolve(where, side);
  }
}
