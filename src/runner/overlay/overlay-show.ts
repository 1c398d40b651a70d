/**
 * Brings the layers of a workspace to a tree: takes in what the last command left, finds the
 * checkout that fits, and writes what differs from it. What is half done when a process dies is
 * started over by the next one.
 */

import { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices, type Steps } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { StorageError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { ROOT, type TreePath } from '../../primitives/path.ts';
import { diffShown, diffTrees } from '../../tree/diff-trees.ts';
import type { WorkDirectoryContext } from '../directory/work-directory.ts';
import type { Checkout, Checkouts } from '../layers/checkouts.ts';
import { DifferenceLayer } from '../layers/difference-layer.ts';
import { countDifferences } from '../layers/layer-files.ts';
import { DIFFERENCE, KEPT, type OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import type { CapturedLayer, IgnoredLayers, LayerState } from '../layers/overlay-notes.ts';
import { isWhiteout, Whiteouts } from '../layers/whiteouts.ts';
import { sandboxUnavailable } from '../process/host-tools.ts';
import type { RunTarget, RunWarning } from '../strategy.ts';
import { absorbIgnored, arrangeIgnored, findLinked } from './overlay-ignored.ts';

/** A tree that differs in more paths from every checkout gets one of its own... */
const MAX_DIFFERENCES = 2000;
/** ...and in a small tree already above this part of its files... */
const MAX_PART = 0.2;
/** ...but never for so few. */
const MIN_DIFFERENCES = 64;

/** What all overlays of a store share. */
export interface OverlayContext extends WorkDirectoryContext {
  readonly checkouts: Checkouts;
  /** Absolute path of the program that makes whiteouts. */
  readonly mknod: string;
}

/** What layers are to show. */
export type ShownTarget = Omit<RunTarget, 'isolation'>;

/** Layers that show a tree. */
export interface ShownLayers {
  readonly checkout: Checkout;
  readonly ignored: IgnoredLayers;
  readonly warnings: readonly RunWarning[];
  /** What commands have been shown over the layers, when it is another tree. */
  readonly tree?: ObjectId;
}

/**
 * Brings layers to the tree of a run.
 *
 * @throws {AgentFSError} ABORTED, SANDBOX_UNAVAILABLE. {StorageError} STORE_FULL.
 */
export async function showLayers(
  context: OverlayContext,
  layers: OverlayLayers,
  target: ShownTarget,
): Promise<ShownLayers> {
  const known = layers.readTrusted();
  // Never build on what someone else may have put there.
  if (known === undefined) await layers.place.remove();
  layers.create();
  const before = await absorb(context, layers, known);
  using base = SafeDirectory.open(target.base);
  const ignored = await provide(context, layers, target, { before, base });
  const checkout = await bring(context, layers, target, before && { ...before, ignored });
  layers.write({ checkout: checkout.name, tree: target.tree, captured: undefined, ignored });
  const mode = (base.lstat(ROOT)?.mode ?? OWNER_ALL) & 0o777;
  await layers.renew(mode);
  // Said once, to the first command.
  const isFirst = before?.ignored === undefined;
  const warnings = isFirst ? context.stocks.warningsOf(ignored.stock) : [];
  return { checkout, ignored, warnings };
}

/**
 * Makes ready what shows the changes of a run that was left, without touching them.
 *
 * @returns undefined when the layers below them are not what they were.
 */
export async function showLeft(
  { checkouts }: OverlayContext,
  layers: OverlayLayers,
  tree: ObjectId,
): Promise<ShownLayers | undefined> {
  const state = layers.read();
  if (state?.tree !== tree || state.captured !== undefined) return undefined;
  const checkout = checkouts.named(state.checkout);
  if (checkout === undefined || state.ignored === undefined) return undefined;
  if (!(await checkouts.isWhole(checkout)) || !layers.place.at(UPPER).exists) return undefined;
  layers.renewWork();
  return { checkout, ignored: state.ignored, warnings: [] };
}

/** Moves what the last command left, and was stored, out of the upper layer. */
async function absorb(
  context: OverlayContext,
  layers: OverlayLayers,
  state: LayerState | undefined,
): Promise<LayerState | undefined> {
  if (state?.captured === undefined || state.ignored === undefined) return state;
  const { captured } = state;
  const ignored =
    captured.ignored === undefined
      ? state.ignored
      : await absorbIgnored(context, layers, state.ignored, captured.ignored, (begun) =>
          layers.write({ ...state, ignored: begun }),
        );
  // From here on the upper layer is not what it was, and the difference layer is in between.
  layers.write({ ...state, tree: undefined, captured: undefined, ignored });
  const tree = await absorbTree(context, layers, state, captured);
  return { ...state, tree, captured: undefined, ignored };
}

/** @returns the tree that the difference layer shows now; undefined when that is not known. */
async function absorbTree(
  context: OverlayContext,
  layers: OverlayLayers,
  { checkout: name, tree }: LayerState,
  captured: CapturedLayer,
): Promise<ObjectId | undefined> {
  const checkout = context.checkouts.named(name);
  if (checkout === undefined || tree === undefined) return undefined;
  using source = layers.enter(UPPER);
  const change = { checkout, source };
  try {
    await changeLayer(context, layers, change, (layer) => layer.update(tree, captured.tree));
    return captured.tree;
  } catch (error) {
    if (isForgotten(error)) return undefined;
    throw error;
  }
}

/** Brings checkout and difference layer to the tree; from nothing when what is there is no help. */
async function bring(
  context: OverlayContext,
  layers: OverlayLayers,
  target: ShownTarget,
  state: LayerState | undefined,
): Promise<Checkout> {
  const { checkouts, trees } = context;
  const limit = limitFor(trees.summary(target.tree).files);
  const known = state === undefined ? undefined : checkouts.named(state.checkout);
  const from = known === undefined ? undefined : state?.tree;
  if (known !== undefined && from !== undefined && isNear(context, from, target.tree, limit)) {
    const isUsable = await checkouts.isWhole(known, target.signal);
    if (isUsable && !hidesKept(context, layers, known.tree, target.tree)) {
      if (from === target.tree) return known;
      await begin(context, layers, known, state);
      await changeLayer(context, layers, { checkout: known }, (layer) =>
        layer.update(from, target.tree),
      );
      return known;
    }
  }
  const near = await checkouts.nearest(target.tree, limit, target.signal);
  const isUsable = near !== undefined && !hidesKept(context, layers, near.tree, target.tree);
  const checkout = isUsable ? near : await checkouts.build(target.tree, target);
  await begin(context, layers, checkout, state);
  await layers.clear(DIFFERENCE);
  await changeLayer(context, layers, { checkout }, (layer) => layer.fill(target.tree));
  return checkout;
}

/** Whether a path at which there is ignored content now would be hidden, as the checkout has it too. */
function hidesKept(
  { trees }: OverlayContext,
  layers: OverlayLayers,
  checkout: ObjectId,
  tree: ObjectId,
): boolean {
  using kept = layers.enter(KEPT);
  if (kept.list(ROOT).length === 0) return false;
  const isKept = (path: TreePath): boolean => {
    const stats = kept.find(path);
    return stats !== undefined && !isWhiteout(stats);
  };
  for (const { path, after } of diffTrees(trees, checkout, tree)) {
    if (after === undefined && isKept(path)) return true;
  }
  return false;
}

/** Until the layer has been changed, nothing may rely on it. */
async function begin(
  { checkouts }: OverlayContext,
  layers: OverlayLayers,
  checkout: Checkout,
  state: LayerState | undefined,
): Promise<void> {
  const ignored = state?.ignored;
  layers.write({ checkout: checkout.name, tree: undefined, captured: undefined, ignored });
  // Who prunes checkouts looks at what the layers name, after setting a checkout aside.
  if (!(await checkouts.isWhole(checkout))) {
    throw sandboxUnavailable('The checkout of the workspace was removed', 'Try again.');
  }
}

/** Between which checkout and which upper layer the difference layer is changed. */
interface LayerChange {
  readonly checkout: Checkout;
  readonly source?: SafeDirectory;
}

async function changeLayer(
  context: OverlayContext,
  layers: OverlayLayers,
  { checkout, source }: LayerChange,
  steps: (layer: DifferenceLayer) => Steps<void>,
): Promise<void> {
  using all = layers.open();
  using root = all.enter(DIFFERENCE);
  const layer = new DifferenceLayer({
    root,
    trees: context.trees,
    checkout: checkout.tree,
    allowBinaries: context.allowBinaries,
    read: (entry) => context.store.contents.pieces(entry),
    whiteouts: new Whiteouts(all, context.mknod),
    source,
  });
  await runInSlices(steps(layer));
}

/** Brings the ignored content to the state of the run. */
async function provide(
  context: OverlayContext,
  layers: OverlayLayers,
  target: ShownTarget,
  {
    before: known,
    base,
  }: { readonly before: LayerState | undefined; readonly base: SafeDirectory },
): Promise<IgnoredLayers> {
  const isLinked = context.ignoredMode === 'link';
  const before = known?.ignored;
  const note = (begun: IgnoredLayers): void => {
    if (known !== undefined) layers.write({ ...known, captured: undefined, ignored: begun });
  };
  const ignored = await arrangeIgnored(context, layers, target.ignored, before, note);
  // What was linked to the base is so only for as long as the user wants it.
  if (!isLinked) return { ...ignored, linked: [] };
  if (before !== undefined && before.linked.length > 0) return ignored;
  const source = { ...context, base, tree: target.tree };
  return { ...ignored, linked: await findLinked(source, target.signal) };
}

function isNear(context: OverlayContext, from: ObjectId, to: ObjectId, limit: number): boolean {
  try {
    return countDifferences(diffShown(context.trees, from, to), limit) < limit;
  } catch (error) {
    if (isForgotten(error)) return false;
    throw error;
  }
}

function limitFor(files: number): number {
  return Math.min(MAX_DIFFERENCES, Math.max(MIN_DIFFERENCES, Math.ceil(files * MAX_PART)));
}

/** A tree that was collected since, or never stored because the host ended before. */
function isForgotten(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'OBJECT_MISSING';
}
