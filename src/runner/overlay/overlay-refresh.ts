/**
 * Takes ignored content of the base anew, as if a command had put it there: what differs is placed in
 * the upper layer, and becomes a step that undo takes back.
 */

import { cloneIgnored } from '../../disk/clone.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { parentPath, ROOT, type TreePath } from '../../primitives/path.ts';
import { findIgnored } from '../directory/ignored-content.ts';
import { comesAlong } from '../layers/git-file.ts';
import { differences } from '../layers/ignored-difference.ts';
import { newState, ownChanges } from '../layers/ignored-steps.ts';
import { IgnoredView } from '../layers/ignored-view.ts';
import { KEPT, type OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import type { KeptChange } from '../layers/overlay-notes.ts';
import { isGitLock, StockLinks } from '../layers/stock-links.ts';
import { describeNotCopied } from '../layers/stocks.ts';
import type { Refresh, RefreshCapture, RefreshTarget, RunWarning } from '../strategy.ts';
import { summarise } from './ignored-changes.ts';
import { type OverlayContext, type ShownLayers, showLayers } from './overlay-show.ts';

/** Finds out what there is to take. */
export async function planRefresh(
  context: OverlayContext,
  layers: OverlayLayers,
  target: RefreshTarget,
): Promise<Refresh> {
  const shown = await showLayers(context, layers, target);
  const { ignored } = shown;
  using kept = layers.enter(KEPT);
  using stock = ignored.stock === '' ? undefined : context.stocks.open(ignored.stock);
  using base = SafeDirectory.open(target.base);
  const { tree, paths, signal } = target;
  const found =
    context.ignoredMode === 'copy'
      ? await runInSlices(findIgnored({ ...context, base, tree }), { signal })
      : [];
  const items = found.filter((item) => comesAlong(base, item, true));
  const source = {
    view: new IgnoredView(stock === undefined ? [kept] : [kept, stock]),
    from: base,
    items: items.map(({ path }) => path),
    paths: context.ignoredMode === 'copy' ? paths : [],
    kindOf: (path: TreePath) => context.trees.lookup(tree, path)?.kind,
  };
  const changes = await runInSlices(differences(source), { signal });
  const own = ownChanges(ignored, changes, (path) => kept.find(path) !== undefined);
  const take = (): Promise<RefreshCapture> =>
    takeAnew(layers, target, { shown, changes, roots: source.items });
  return { own, take };
}

/** What is to be taken. */
interface RefreshPlan {
  readonly shown: ShownLayers;
  readonly changes: readonly KeptChange[];
  readonly roots: readonly TreePath[];
}

async function takeAnew(
  layers: OverlayLayers,
  target: RefreshTarget,
  { shown, changes, roots }: RefreshPlan,
): Promise<RefreshCapture> {
  using base = SafeDirectory.open(target.base);
  using upper = layers.enter(UPPER);
  const warnings = await fill(upper, base, changes, target);
  const summary = await runInSlices(summarise({ upper }, changes, roots));
  const { checkout, ignored } = shown;
  const known = { checkout: checkout.name, tree: target.tree, ignored };
  const state = newState();
  return {
    warnings,
    ignored: changes.length === 0 ? undefined : { ...summary, state },
    settle: () => {
      const taken = { state, changes, refreshed: target.paths };
      const captured = { tree: target.tree, ignored: taken };
      layers.write({ ...known, captured: changes.length === 0 ? undefined : captured });
      return target.tree;
    },
  };
}

async function fill(
  upper: SafeDirectory,
  base: SafeDirectory,
  changes: readonly KeptChange[],
  { signal, onProgress }: Pick<RefreshTarget, 'signal' | 'onProgress'>,
): Promise<RunWarning[]> {
  const links = new StockLinks();
  const warnings: RunWarning[] = [];
  const directories = new Set<TreePath>();
  let files = 0;
  for (const { path, change } of changes) {
    if (change === 'gone') continue;
    const directory = change === 'mode' ? path : parentPath(path);
    upper.makePath(directory, OWNER_ALL);
    for (let each = directory; each !== ROOT; each = parentPath(each)) directories.add(each);
    if (change === 'mode') continue;
    const before = files;
    const result = await cloneIgnored({
      ...{ from: base, to: upper, path, signal, omits: isGitLock },
      mayLink: (each, stats) => links.mayLink(each, stats),
      onProgress: (counts) => onProgress?.(before + counts.files),
    });
    files += result.files;
    warnings.push(...result.skipped.map(describeNotCopied));
  }
  // Filled before they may be shut.
  for (const path of [...directories].sort().reverse()) {
    upper.chmod(path, (base.find(path)?.mode ?? OWNER_ALL) & 0o777);
  }
  return warnings;
}
