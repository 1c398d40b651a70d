/**
 * Runs that are over and could not be stored, as on a full disk: a strategy that can keeps what they
 * have left, and the next run or open stores it, late but whole.
 */

import { errorCode } from '../../primitives/errors.ts';
import { isBegun } from '../../runner/layers/checkout-building.ts';
import { CHECKOUTS } from '../../runner/layers/checkouts.ts';
import { removeAbandoned } from '../../runner/layers/transient.ts';
import type { LeftRun, PreparedRun, RunStrategy } from '../../runner/strategy.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import type { Engine } from '../core/engine.ts';
import { noticeOf, type WorkspaceCore } from '../core/workspace-core.ts';
import { type EndedCommands, storeCommands } from './store-commands.ts';
import { warnOfConflicts } from './take-in.ts';

/** What has to be known of the commands. */
type UnfinishedRun = Pick<EndedCommands, 'commands' | 'audit' | 'run'>;

/** Ends a run whose changes could not be stored. */
export async function leaveRun(
  prepared: PreparedRun,
  { commands, audit, run }: UnfinishedRun,
): Promise<void> {
  if (prepared.leave === undefined) {
    prepared.discard();
    return;
  }
  await prepared.leave(JSON.stringify({ commands, audit, run } satisfies UnfinishedRun));
}

/**
 * Stores what an earlier run of the workspace has left, as if it had ended now. Call only while
 * holding the workspace's run lease, before anything is shown.
 *
 * @throws what storing it throws; then it is still left.
 */
export async function finishRuns(
  core: WorkspaceCore,
  strategies: readonly RunStrategy[],
): Promise<void> {
  const { basePath: base } = core.engine;
  const isolation = { profile: undefined, limits: {} };
  for (const strategy of strategies) {
    if (strategy.hasLeft?.(core.workPlace) !== true) continue;
    const directory = core.workPlace;
    const left = await strategy.resume?.({ workspace: core.number, directory, base, isolation });
    if (left !== undefined) await finish(core, left);
  }
}

/**
 * Stores what earlier runs of all workspaces have left, and removes the directories of processes
 * that are gone. What cannot be done yet stays, and is told to the logger.
 */
export async function finishAllRuns(
  engine: Engine,
  strategies: readonly RunStrategy[],
  coreOf: (row: WorkspaceRow) => WorkspaceCore,
): Promise<void> {
  await attempt(engine, async () => {
    for (const place of [engine.work, engine.layers]) await removeAbandoned(place);
    await removeAbandoned(engine.work.at(CHECKOUTS), isBegun);
    for (const row of workspacesWithRuns(engine, strategies)) {
      await attempt(engine, async () => {
        const core = coreOf(row);
        await engine.leases.hold(core.runLease, { waitMs: 0 }, () => finishRuns(core, strategies));
      });
    }
  });
}

async function attempt({ logger }: Engine, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    logger.warn('What an earlier command has left could not be finished yet.', { error });
  }
}

/** The workspaces in which earlier runs have left something. Looks for one file for each. */
export function workspacesWithRuns(
  { store, work }: Engine,
  strategies: readonly RunStrategy[],
): WorkspaceRow[] {
  return store.workspaces
    .list()
    .filter(({ uuid }) => strategies.some((each) => each.hasLeft?.(work.at(uuid)) === true));
}

async function finish(core: WorkspaceCore, { prepared, note }: LeftRun): Promise<void> {
  const { store, logger } = core.engine;
  const { tree } = prepared;
  const pin = store.pin(tree);
  try {
    const capture = await prepared.capture(true);
    const stored = storeCommands(core, { ...parseNote(note), tree, capture });
    core.announce(stored.effects.map(noticeOf));
    for (const { path, message } of warnOfConflicts(stored)) logger.warn(message, { path });
  } catch (error) {
    if (errorCode(error) !== 'OBJECT_MISSING') {
      await prepared.leave?.(note);
      throw error;
    }
    // Garbage collection has taken the tree that the changes are told from.
    prepared.discard();
    logger.warn('The changes of an earlier command are lost.', { error });
  } finally {
    pin.release();
  }
}

/** A note that was damaged still has changes behind it. */
function parseNote(note: string): UnfinishedRun {
  try {
    const { commands, audit, run }: UnfinishedRun = JSON.parse(note);
    return { commands: commands.filter(isCommand), audit, run };
  } catch {
    return { commands: [], audit: true };
  }
}

function isCommand({ command, commandId }: EndedCommands['commands'][number]): boolean {
  return command !== undefined && typeof commandId === 'string';
}
