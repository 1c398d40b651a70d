/** Which of several workspaces contradict each other, and in which order all can land. */

import { wrongType, wrongValue } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { Conflict } from '../../snapshot/conflict.ts';
import { applyMerge, mergeTrees } from '../../snapshot/merge-trees.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { withScannedBase } from './base-lease.ts';

/** Two workspaces that cannot both land as they are. */
export interface Clash {
  readonly first: string;
  readonly second: string;
  readonly conflicts: readonly Conflict[];
}

/** What would come of landing several workspaces. */
export interface MergeCheck {
  /** The pairs that contradict each other. */
  readonly clashes: readonly Clash[];
  /** The workspaces that can land one after the other, in this order. */
  readonly order: readonly string[];
  /** Those that cannot any more when the others have, with what they meet there. */
  readonly left: readonly { readonly workspace: string; readonly conflicts: readonly Conflict[] }[];
}

/** Compares the workspaces with each other, and with the base as it is now; changes nothing. */
export async function checkMerge(
  cores: readonly WorkspaceCore[],
  signal?: AbortSignal,
): Promise<MergeCheck> {
  const [first] = cores;
  if (first === undefined) throw wrongValue('workspaces', 'one name or more', 0);
  if (new Set(cores.map(({ number }) => number)).size < cores.length) {
    throw wrongValue('workspaces', 'different names', cores.map(nameOf).join());
  }
  return withScannedBase(first.engine, { signal }, ({ tree }) => {
    // The trees that are tried are of no use afterwards: collecting garbage removes them.
    const clashes = pairsOf(cores).flatMap(([one, other]) => clashOf(one, other));
    return { clashes, ...orderOf(cores, clashes, tree) };
  });
}

/** @throws {TypeError} INVALID_ARGUMENT when it is no list of names. */
export function checkNames(names: unknown): readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw wrongType('workspaces', 'an array of names', names);
}

function clashOf(one: WorkspaceCore, other: WorkspaceCore): Clash[] {
  const { fork: base, root: ours } = one.working.foldedTrees();
  const { fork, root: theirs } = other.working.foldedTrees();
  // Where the two were forked at different times, what one has from the base is no change of it.
  const bases = base === fork ? [base] : [base, fork];
  const found = bases.map((from) => mergeOf(one, { base: from, ours, theirs }));
  const conflicts = found.map((outcome) =>
    outcome.kind === 'conflicted' ? outcome.conflicts : [],
  );
  const [fewest = []] = conflicts.sort((left, right) => left.length - right.length);
  return fewest.length === 0
    ? []
    : [{ first: nameOf(one), second: nameOf(other), conflicts: fewest }];
}

/** Lands each in turn on what the ones before have made of the base: the least contested first. */
function orderOf(
  cores: readonly WorkspaceCore[],
  clashes: readonly Clash[],
  base: ObjectId,
): Omit<MergeCheck, 'clashes'> {
  const contested = (core: WorkspaceCore): number =>
    clashes.filter(({ first, second }) => [first, second].includes(nameOf(core))).length;
  const waiting = [...cores].sort((one, other) => contested(one) - contested(other));
  const order: string[] = [];
  let onto = base;
  let left: MergeCheck['left'] = [];
  let todo = waiting;
  for (let landed = true; landed && todo.length > 0; ) {
    landed = false;
    const missed: { core: WorkspaceCore; conflicts: readonly Conflict[] }[] = [];
    for (const core of todo) {
      const { fork, root } = core.working.foldedTrees();
      const outcome = mergeOf(core, { base: fork, ours: onto, theirs: root });
      if (outcome.kind === 'conflicted') {
        missed.push({ core, conflicts: outcome.conflicts });
        continue;
      }
      onto = applied(core, onto, outcome);
      order.push(nameOf(core));
      landed = true;
    }
    left = missed.map(({ core, conflicts }) => ({ workspace: nameOf(core), conflicts }));
    todo = missed.map(({ core }) => core);
  }
  return { order, left };
}

function mergeOf(
  { engine: { trees, store } }: WorkspaceCore,
  sides: { readonly base: ObjectId; readonly ours: ObjectId; readonly theirs: ObjectId },
): ReturnType<typeof mergeTrees> {
  return mergeTrees({ trees, contents: store.contents }, sides, { onConflict: 'fail' });
}

function applied(
  { engine: { trees, store } }: WorkspaceCore,
  onto: ObjectId,
  outcome: Parameters<typeof applyMerge>[2],
): ObjectId {
  const context = { trees, contents: store.contents };
  return store.database.transaction(() => applyMerge(context, onto, outcome).id);
}

function pairsOf<T>(items: readonly T[]): (readonly [T, T])[] {
  return items.flatMap((one, index) =>
    items.slice(index + 1).map((other) => [one, other] as const),
  );
}

function nameOf(core: WorkspaceCore): string {
  return core.working.row().name;
}
