/** Sees what anybody changes in a workspace, in whatever process, by comparing trees. */

import { WorkspaceNotFoundError } from '../../primitives/errors.ts';
import { collectChanges } from '../../snapshot/changes.ts';
import type { ChangeNotice, WorkspaceCore } from '../core/workspace-core.ts';

// Looking costs one row while nothing has changed.
const LOOK_MS = 100;

/** What the watcher calls. */
export interface TreeListener {
  readonly onChange: (notice: ChangeNotice) => void;
  readonly onError: (error: unknown) => void;
  /** The workspace was deleted. */
  readonly onEnd: () => void;
}

/** Watches until the function that it returns is called; never keeps the process alive. */
export function watchTree(core: WorkspaceCore, listener: TreeListener): () => void {
  const { working, engine } = core;
  let epoch = working.row().epoch;
  let root = working.foldedRoot();
  const look = (): void => {
    // Read first: a change that comes in between is seen the next time.
    const current = working.row().epoch;
    if (current === epoch) return;
    epoch = current;
    const before = root;
    root = working.foldedRoot();
    const changes = collectChanges(engine.objects, before, root, { detectRenames: false });
    for (const { type, path, from } of changes) {
      listener.onChange({ type, path, from, source: 'workspace' });
    }
  };
  const timer = setInterval(() => {
    try {
      look();
    } catch (error) {
      if (error instanceof WorkspaceNotFoundError) listener.onEnd();
      else listener.onError(error);
    }
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
