/** The states of a workspace's ignored content, and the ways between them. */

import type { IgnoredLayers, IgnoredStep, LayerState } from './overlay-notes.ts';

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
