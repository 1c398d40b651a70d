/**
 * The workspace as a real directory that users open in their editors. What they edit there becomes
 * a part of the workspace the next time that the directory is brought up to date.
 */

import { checkOptions, checkSignal } from '../../primitives/arguments.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { WorkDirectory } from '../../runner/directory/work-directory.ts';
import type { RunStrategy } from '../../runner/strategy.ts';
import type { FileEffect } from '../core/audit-record.ts';
import { noticeOf, type WorkspaceCore } from '../core/workspace-core.ts';
import { directoryContext } from './run-strategies.ts';
import { canChange } from './store-commands.ts';
import { takeIn } from './take-in.ts';
import { finishRuns } from './unfinished-run.ts';

const WAIT_MS = 200;

const WARNING = 'Edits by hand have replaced what was changed through the API; a snapshot has it.';

/** How a workspace is materialised. */
export interface MaterializeOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the edits made by hand in the directory into the workspace, as one step that undo can take
 * back, then brings the directory up to date.
 *
 * What was edited by hand and through the API is merged line by line; where both changed the same
 * lines they are as they were edited by hand, and a snapshot, whose name the logger is told, has what
 * the API made of them. In a workspace that cannot be changed, edits by hand are taken back. What an
 * unfinished run has left is stored first.
 *
 * @param strategies - those that may have left a run.
 * @returns the absolute path of the directory.
 * @throws {WorkspaceBusyError} WORKSPACE_BUSY while another process runs a command in it.
 * @throws {AgentFSError} ABORTED. {StorageError} STORE_FULL.
 */
export async function materialize(
  core: WorkspaceCore,
  strategies: readonly RunStrategy[],
  options?: MaterializeOptions,
): Promise<string> {
  const { engine } = core;
  const signal = checkSignal(checkOptions(options, ['signal']).signal);
  core.requireOwner(core.working.row());
  const directory = new WorkDirectory(directoryContext(engine), core.number, core.workPlace);
  const lease = { waitMs: WAIT_MS, signal };
  const effects = await engine.leases.hold(core.runLease, lease, async () => {
    // It may be in the way of the directory, and is to be shown in it.
    await finishRuns(core, strategies);
    const shown = directory.settledTree;
    const edits = shown === undefined ? [] : await takeEdits(core, directory, shown);
    const tree = core.working.foldedRoot();
    const pin = engine.store.pin(tree);
    try {
      await directory.show(tree, { signal, stock: core.working.row().stock });
    } finally {
      pin.release();
    }
    directory.markSettled();
    return edits;
  });
  core.announce(effects.map(noticeOf));
  return directory.path;
}

async function takeEdits(
  core: WorkspaceCore,
  directory: WorkDirectory,
  shown: ObjectId,
): Promise<readonly FileEffect[]> {
  const capture = await directory.capture(false);
  try {
    return core.working.change((draft) => {
      const left = capture.settle();
      if (left === shown || !canChange(core, draft.row)) return [];
      const { effects, conflicts, conflictSnapshot } = takeIn(core, draft, {
        ...{ from: shown, to: left, side: 'theirs' },
        ...{ kind: 'edit', summary: 'edits in the work directory' },
      });
      if (conflicts.length > 0) {
        const paths = conflicts.map(({ path }) => path);
        core.engine.logger.warn(WARNING, { paths, snapshot: conflictSnapshot });
      }
      const metadata = { source: 'directory' };
      for (const effect of effects) core.record(draft, { ...effect, metadata });
      return effects;
    });
  } catch (error) {
    capture.abandon();
    throw error;
  }
}
