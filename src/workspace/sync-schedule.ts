/** The syncs that nobody calls for: those of a schedule, and the one after a commit. */

import { openConflicts } from '../sync/integrate.ts';
import { pull } from '../sync/pull.ts';
import { push } from '../sync/push.ts';
import { remoteRow } from '../sync/sync-context.ts';
import { SyncError } from '../sync/sync-errors.ts';
import { sameTrees } from '../tree/diff-trees.ts';
import type { Engine } from './engine.ts';
import type { SyncRunner } from './sync-runner.ts';

/**
 * Brings workspace and remote together, whichever of them is ahead. A workspace that was never
 * synchronised and has no changes of its own takes what is there.
 *
 * @throws {SyncError} and others, as push and pull.
 */
export async function scheduledSync(runner: SyncRunner): Promise<void> {
  const { working, trees } = runner.context;
  // The user has been told, and nothing can go on before the decision.
  if (openConflicts(runner.context).length > 0) return;
  const { root, fork } = working.foldedTrees();
  if (remoteRow(runner.context).uuid === '' && sameTrees(trees, fork, root)) {
    const found = await tryPull(runner);
    if (found) return;
  }
  await pushNow(runner);
}

/** Pushes if the configuration says so; what goes wrong becomes a warning, as the commit stands. */
export async function pushAfterCommit({
  engine,
  number,
  sync,
}: {
  readonly engine: Engine;
  readonly number: number;
  readonly sync: SyncRunner;
}): Promise<readonly string[]> {
  const isWanted = engine.config.get('sync.auto_sync_on_commit');
  if (!isWanted || engine.store.remotes.find(number) === undefined) return [];
  try {
    await pushNow(sync);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [`The commit was made, but not pushed: ${reason}`];
  }
}

async function pushNow(runner: SyncRunner): Promise<void> {
  await runner.run({
    direction: 'push',
    run: async (sync) => {
      const { hasMoved, pulled } = await push(sync, false);
      return { hasMoved, integration: pulled };
    },
  });
}

/** Pulls; false when nobody has pushed the workspace yet. */
async function tryPull(runner: SyncRunner): Promise<boolean> {
  try {
    await runner.run({
      direction: 'pull',
      run: async (sync) => ({ hasMoved: false, integration: await pull(sync, { force: false }) }),
    });
    return true;
  } catch (error) {
    if (error instanceof SyncError && error.code === 'REMOTE_NOT_FOUND') return false;
    throw error;
  }
}
