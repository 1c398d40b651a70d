/**
 * Ignored content under an overlay: the stock of the base is the lowest layer, and what the workspace
 * has made of it lies in the layer of kept content over it. Nothing is a mount point, so a command
 * can remove, replace and rename all of it.
 */

import { closeSync } from 'node:fs';
import { removeTree } from '../../disk/remove-tree.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { parentPath, type TreePath } from '../../primitives/path.ts';
import { findIgnored, type IgnoredMode, type IgnoredSource } from '../directory/ignored-content.ts';
import { type StepBudget, stepsBeyond, wayBetween } from '../layers/ignored-steps.ts';
import { KeptLayer } from '../layers/kept-layer.ts';
import { KEPT, type OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import type { CapturedIgnored, IgnoredLayers } from '../layers/overlay-notes.ts';
import type { Stocks } from '../layers/stocks.ts';
import { Whiteouts } from '../layers/whiteouts.ts';
import type { IgnoredTarget } from '../strategy.ts';

/** What the layers of ignored content are changed with. */
export interface IgnoredContext {
  readonly stocks: Stocks;
  /** Absolute path of the program that makes whiteouts. */
  readonly mknod: string;
  readonly ignoredMode: IgnoredMode;
  readonly undoBudget: StepBudget;
}

/**
 * Takes what the last command did to ignored content over from its upper layer.
 *
 * @param note - writes down what is about to happen, so that it can be repeated after a crash.
 */
export async function absorbIgnored(
  context: IgnoredContext,
  layers: OverlayLayers,
  ignored: IgnoredLayers,
  captured: CapturedIgnored,
  note: (ignored: IgnoredLayers) => void,
): Promise<IgnoredLayers> {
  using upper = layers.enter(UPPER);
  return await changeKept(context, layers, ignored.stock, async (layer) => {
    const begun = ignored.steps.find(({ after }) => after === captured.state);
    const step = begun ?? layer.stepOf(ignored.state, captured, upper);
    const others = ignored.steps.filter((each) => each !== begun);
    note({ ...ignored, steps: [...others, step] });
    await runInSlices(layer.take(step, captured.changes, upper));
    const bytes = await runInSlices(layer.sizeOf(step));
    return {
      ...ignored,
      state: captured.state,
      going: null,
      steps: [...others, { ...step, bytes }],
    };
  });
}

/**
 * Brings the layer of kept content to the state of a run, and forgets steps beyond the budget.
 *
 * @param note - as in {@link absorbIgnored}.
 */
export async function arrangeIgnored(
  context: IgnoredContext,
  layers: OverlayLayers,
  wanted: IgnoredTarget,
  before: IgnoredLayers | undefined,
  note: (ignored: IgnoredLayers) => void,
): Promise<IgnoredLayers> {
  const stock = context.ignoredMode === 'omit' ? '' : wanted.stock;
  // Content that was there once and is lost with its layers has no other state than this one.
  if (before === undefined) {
    return { stock, state: wanted.state, going: null, steps: [], linked: [] };
  }
  const { steps } = before;
  // One that was begun is ended first.
  const begun = wayBetween(steps, before.state, before.going ?? before.state) ?? [];
  const way = wayBetween(steps, before.going ?? before.state, wanted.state);
  const moves = [...begun, ...(way ?? [])];
  const known = { ...before, stock, state: wanted.state, going: null };
  // A state that cannot be left any more stands for the one that was wanted.
  const beyond = way === undefined ? steps : stepsBeyond(known, context.undoBudget);
  if (moves.length === 0 && beyond.length === 0) return known;
  const sizes = new Map<number, number>();
  await changeKept(context, layers, before.stock, async (layer) => {
    for (const { step, isForward } of moves) {
      const from = isForward ? step.before : step.after;
      const to = isForward ? step.after : step.before;
      note({ ...before, state: from, going: to });
      await runInSlices(isForward ? layer.forward(step) : layer.backward(step));
      sizes.set(step.after, await runInSlices(layer.sizeOf(step)));
    }
    for (const step of beyond) await runInSlices(layer.forget(step));
  });
  const stays = steps.filter((step) => !beyond.includes(step));
  return {
    ...known,
    steps: stays.map((step) => ({ ...step, bytes: sizes.get(step.after) ?? step.bytes })),
  };
}

/** Changes the layer of kept content over a stock. */
async function changeKept<T>(
  { stocks, mknod }: Pick<IgnoredContext, 'stocks' | 'mknod'>,
  layers: OverlayLayers,
  stockName: string,
  action: (layer: KeptLayer) => Promise<T>,
): Promise<T> {
  using all = layers.open();
  using kept = all.enter(KEPT);
  using stock = stockName === '' ? undefined : stocks.open(stockName);
  return await action(
    new KeptLayer({ layers: all, kept, stock, whiteouts: new Whiteouts(all, mknod) }),
  );
}

/** The ignored paths that are the base's own in the workspace; `.git` never is one. */
export async function findLinked(
  source: IgnoredSource,
  signal: AbortSignal | undefined,
): Promise<TreePath[]> {
  const found = await runInSlices(findIgnored(source), { signal });
  return found.filter(({ isRepository }) => !isRepository).map(({ path }) => path);
}

/**
 * Makes the places at which content of the base is mounted, in the layer of kept content.
 *
 * @returns the same without what the base does not have at the moment.
 */
export async function makeMountPoints(
  ignored: IgnoredLayers,
  base: SafeDirectory,
  layers: SafeDirectory,
): Promise<IgnoredLayers> {
  using kept = layers.enter(KEPT);
  const linked: TreePath[] = [];
  for (const path of ignored.linked) {
    const stats = base.find(path);
    if (stats === undefined) continue;
    linked.push(path);
    const there = kept.find(path);
    if (there !== undefined && there.isDirectory() === stats.isDirectory()) continue;
    if (there !== undefined) await runInSlices(removeTree(kept, path));
    kept.makePath(parentPath(path), OWNER_ALL);
    if (stats.isDirectory()) kept.mkdir(path, OWNER_ALL);
    else closeSync(kept.createExclusive(path, 0o600));
  }
  return { ...ignored, linked };
}
