/** Automatic syncs: those of a schedule, and the one after a commit. */

import { errorCode } from '../../primitives/errors.ts';
import { openConflicts } from '../../sync/decide-merge.ts';
import { pull } from '../../sync/pull.ts';
import { push } from '../../sync/push.ts';
import { SyncSchedule } from '../../sync/schedule.ts';
import { remoteRow } from '../../sync/sync-context.ts';
import { SyncError } from '../../sync/sync-errors.ts';
import { sameTrees } from '../../tree/diff-trees.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { effectiveSettings } from './sync-options.ts';
import { type SyncListener, SyncRunner } from './sync-runner.ts';

/** How long closing may wait for a remote, in ms. */
const END_MS = 5000;

/** Synchronises one workspace by itself, as its mode demands. */
export class ScheduledSync {
  readonly runner: SyncRunner;
  readonly #core: WorkspaceCore;
  readonly #schedule: SyncSchedule;
  #lastFailure: string | undefined;

  constructor(core: WorkspaceCore, listener: SyncListener) {
    this.#core = core;
    this.runner = new SyncRunner(core, listener);
    this.#schedule = new SyncSchedule(() => this.#quietly(() => syncNow(this.runner)));
    core.listen(() => this.#schedule.changed());
    this.resume();
  }

  /** Begins to synchronise as the workspace's mode demands, if it has a remote. */
  resume(): void {
    const { engine, number, uuid } = this.#core;
    const row = engine.store.remotes.find(number);
    if (row === undefined || !engine.trust.ownsRemote(uuid, row)) return;
    const { mode, interval } = effectiveSettings(engine, row.settings);
    this.#schedule.start(mode, interval * 1000);
  }

  /** Synchronises now, as the schedule does. */
  async run(): Promise<void> {
    await this.#schedule.run();
  }

  /** Stops it, once the sync that is under way has ended. */
  async stop(): Promise<void> {
    await this.#schedule.stop();
  }

  /**
   * Ends all syncs; changes that were to be pushed soon are pushed before, if that is done within
   * seconds.
   */
  async close(): Promise<void> {
    const { isDue } = this.#schedule;
    const timer = setTimeout(() => this.runner.end(), END_MS);
    await this.#schedule.stop();
    if (isDue) await this.run();
    clearTimeout(timer);
    this.runner.end();
  }

  /** Pushes if the configuration says so; what goes wrong becomes a warning, as the commit stands. */
  async pushAfterCommit(): Promise<readonly string[]> {
    const { engine, number } = this.#core;
    const isWanted = engine.config.get('sync.auto_sync_on_commit');
    if (!isWanted || engine.store.remotes.find(number) === undefined) return [];
    try {
      await pushNow(this.runner);
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [`The commit was made, but not pushed: ${reason}`];
    }
  }

  /** No caller waits for an automatic sync; the same failure again is no news. */
  async #quietly(action: () => Promise<unknown>): Promise<void> {
    const { announcer, store } = this.#core.engine;
    try {
      if (store.remotes.find(this.#core.number) !== undefined) await action();
      this.#lastFailure = undefined;
    } catch (error) {
      const failure = errorCode(error) ?? String(error);
      if (failure !== this.#lastFailure) announcer.emit('error', error);
      this.#lastFailure = failure;
    }
  }
}

/**
 * Brings workspace and remote together, whichever of them is ahead. A workspace that was never
 * synchronised and has no changes of its own takes what is there.
 */
async function syncNow(runner: SyncRunner): Promise<void> {
  const { working, objects } = runner.context;
  // The user has been told, and nothing can go on before the decision.
  if (openConflicts(runner.context).length > 0) return;
  const { root, fork } = working.foldedTrees();
  if (remoteRow(runner.context).uuid === '' && sameTrees(objects.trees, fork, root)) {
    const found = await tryPull(runner);
    if (found) return;
  }
  await pushNow(runner);
}

async function pushNow(runner: SyncRunner): Promise<void> {
  await runner.run({
    direction: 'push',
    run: async (sync) => {
      const { hasMoved, pulled } = await push(sync, { force: false });
      return { hasMoved, integration: pulled };
    },
  });
}

/** Pulls; false if the workspace was never pushed. */
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
