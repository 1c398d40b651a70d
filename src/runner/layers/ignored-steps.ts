/** The states of a workspace's ignored content, and the ways between them. */

import { randomInt } from 'node:crypto';
import { isWithinAny } from '../../disk/path-set.ts';
import { isWithin, type TreePath } from '../../primitives/path.ts';
import type { IgnoredLayers, IgnoredStep, KeptChange, LayerState } from './overlay-notes.ts';

/** One step on a way. */
export interface IgnoredMove {
  readonly step: IgnoredStep;
  readonly isForward: boolean;
}

/** What is kept of steps that can be taken back. */
export interface StepBudget {
  readonly bytes: number;
  readonly count: number;
}

/** The steps from one state to another; undefined when one of them is not kept any more. */
export function wayBetween(
  steps: readonly IgnoredStep[],
  from: number,
  to: number,
): IgnoredMove[] | undefined {
  const ways = new Map<number, IgnoredMove[]>([[from, []]]);
  const pending = [from];
  for (let state = pending.shift(); state !== undefined; state = pending.shift()) {
    const way = ways.get(state) ?? [];
    if (state === to) return way;
    for (const step of steps) {
      const isForward = step.before === state;
      const next = isForward ? step.after : step.before;
      if ((!isForward && step.after !== state) || ways.has(next)) continue;
      ways.set(next, [...way, { step, isForward }]);
      pending.push(next);
    }
  }
  return undefined;
}

/** Whether the ignored content of layers can be brought to a state; what is not known is new. */
export function canReach(state: LayerState | undefined, wanted: number): boolean {
  const ignored = state?.ignored;
  if (ignored === undefined) return wanted === 0;
  const captured = state?.captured?.ignored;
  if (wanted === captured?.state) return true;
  return wayBetween(ignored.steps, ignored.state, wanted) !== undefined;
}

/** The oldest steps that are beyond a budget. */
export function stepsBeyond({ steps }: IgnoredLayers, budget: StepBudget): IgnoredStep[] {
  let bytes = steps.reduce((sum, step) => sum + step.bytes, 0);
  let count = steps.length;
  return steps.filter((step) => {
    if (bytes <= budget.bytes && count <= budget.count) return false;
    bytes -= step.bytes;
    count--;
    return true;
  });
}

/** A number for a state of ignored content that no other has. */
export function newState(): number {
  return randomInt(1, 2 ** 47);
}

/**
 * What the workspace itself has changed of what some changes would replace, since it was taken from
 * the base.
 *
 * @param isKept - whether a path is in the layer of kept content: all that is known of old steps.
 */
export function ownChanges(
  { steps, state }: IgnoredLayers,
  changes: readonly KeptChange[],
  isKept: (path: TreePath) => boolean,
): TreePath[] {
  const anew = new Set<TreePath>();
  const own = new Set<TreePath>();
  const add = (paths: readonly TreePath[]): void => {
    for (const path of paths) if (!isWithinAny(path, anew)) own.add(path);
  };
  const from = new Map(steps.map((step) => [step.after, step]));
  let at = state;
  for (let step = from.get(at); step !== undefined; step = from.get(at)) {
    const { paths, removed, refreshed } = step;
    if (refreshed.length === 0) add([...paths, ...removed]);
    for (const path of refreshed) anew.add(path);
    at = step.before;
  }
  if (at !== 0) add(changes.map(({ path }) => path).filter(isKept));
  const isTouched = (path: TreePath): boolean =>
    changes.some((each) => isWithin(each.path, path) || isWithin(path, each.path));
  return [...own].filter(isTouched).sort();
}
