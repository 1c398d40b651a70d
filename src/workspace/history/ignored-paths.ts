/** Which ignored paths a workspace has. */

import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import { IgnoredNow } from '../../runner/layers/ignored-now.ts';
import { layersPlace } from '../../runner/layers/layers-place.ts';
import { OverlayLayers } from '../../runner/layers/overlay-layers.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** The ignored content of a workspace; the caller disposes of it. */
export function ignoredNow({ engine, uuid, working }: WorkspaceCore): IgnoredNow {
  const layers = new OverlayLayers(layersPlace(engine.layers, uuid), engine.signer);
  return new IgnoredNow(layers, engine.stocks, working.row().stock);
}

/** The top-most ignored paths, sorted. */
export function ignoredPaths(core: WorkspaceCore): TreePath[] {
  using now = ignoredNow(core);
  return pathsIn(core, now).sort();
}

/** Those of which the workspace has a version of its own. */
export function ownIgnoredPaths(core: WorkspaceCore): TreePath[] {
  using now = ignoredNow(core);
  return pathsIn(core, now)
    .filter((path) => now.isChanged(path))
    .sort();
}

function pathsIn(core: WorkspaceCore, now: IgnoredNow): TreePath[] {
  const { trees } = core.engine;
  const root = core.working.foldedRoot();
  const found: TreePath[] = [];
  const pending = [ROOT];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const name of now.names(directory) ?? []) {
      const path = joinPath(directory, name);
      const entry = trees.lookup(root, path);
      if (entry === undefined) found.push(path);
      else if (entry.kind === 'directory') pending.push(path);
    }
  }
  return found;
}
