/** Gives a fork the ignored content of the workspace that it comes from, `.git` included. */

import { cloneIgnored } from '../../disk/clone.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { joinPath, parentPath, ROOT, type TreePath } from '../../primitives/path.ts';
import { wayBetween } from './ignored-steps.ts';
import { placeOfStep } from './kept-layer.ts';
import { KEPT, type OverlayLayers, UPPER } from './overlay-layers.ts';

/**
 * Copies what a workspace has made of its ignored content into the layers of a new one, by links: what
 * is in a layer is never written again. What has to be moved for the wanted state is moved by the
 * first command.
 *
 * @returns whether there was anything.
 */
export async function forkLayers(
  from: OverlayLayers,
  to: OverlayLayers,
  wanted: number,
): Promise<boolean> {
  const state = from.read();
  if (state?.ignored === undefined) return false;
  const { captured, ignored } = state;
  const isCaptured = captured?.ignored?.state === wanted;
  const way = isCaptured ? [] : (wayBetween(ignored.steps, ignored.state, wanted) ?? []);
  const steps = way.map(({ step }) => step);
  to.create();
  using source = from.open();
  using target = to.open();
  await copyEach(source, target, topLevel(source, KEPT));
  await copyEach(source, target, steps.map(placeOfStep));
  const changes = isCaptured ? (captured.ignored?.changes ?? []) : [];
  const moved = changes.filter(({ change }) => change === 'moved');
  await copyEach(
    source,
    target,
    moved.map(({ path }) => joinPath(UPPER, path)),
  );
  to.write({
    // Its tree is another: only the ignored content is of use.
    ...{ checkout: state.checkout, tree: undefined },
    captured: isCaptured ? captured : undefined,
    ignored: { ...ignored, steps },
  });
  return true;
}

function topLevel(root: SafeDirectory, layer: TreePath): TreePath[] {
  return root.list(layer).map((name) => joinPath(layer, name));
}

async function copyEach(
  from: SafeDirectory,
  to: SafeDirectory,
  paths: readonly TreePath[],
): Promise<void> {
  for (const path of paths) {
    if (from.find(path) === undefined) continue;
    if (parentPath(path) !== ROOT) to.makePath(parentPath(path), OWNER_ALL);
    await cloneIgnored({ from, to, path, isLayer: true });
  }
}
