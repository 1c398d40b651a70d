/** Bringing what has changed in the base into a workspace. */

import { checkOptions } from '../../primitives/arguments.ts';
import { checkOnConflict } from '../../snapshot/conflict-side.ts';
import type { OnConflict } from '../../snapshot/merge-outcome.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { withScannedBase } from './base-lease.ts';
import { type MergeResult, mergeInto } from './merge-workspaces.ts';

/** How a rebase is made. */
export interface RebaseOptions {
  /** `fail` (default) throws; `ours` keeps the workspace's side, `theirs` takes the base's. */
  readonly onConflict?: OnConflict | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Brings what has changed in the base since the fork into the workspace. */
export async function rebaseWorkspace(
  core: WorkspaceCore,
  options?: RebaseOptions,
): Promise<MergeResult> {
  const { onConflict, signal } = checkOptions(options);
  const choice = checkOnConflict('onConflict', onConflict);
  core.requireWritable(core.working.row());
  return withScannedBase(core.engine, { signal }, (scan) =>
    mergeInto(core, {
      sides: (draft) => ({ base: draft.row.fork, theirs: scan.tree }),
      onConflict: choice,
      kind: 'rebase',
      summary: 'rebase onto the base',
      fork: scan.tree,
    }),
  );
}
