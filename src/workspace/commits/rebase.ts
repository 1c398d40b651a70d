/** Bringing what has changed in the base into a workspace. */

import { checkBoolean, checkOptions } from '../../primitives/arguments.ts';
import {
  CONFLICT_OPTIONS,
  type ConflictOptions,
  checkDecisions,
  WORKSPACE_CHOICES,
} from '../../snapshot/conflict-side.ts';
import type { OnConflictInWorkspace } from '../../snapshot/merge-outcome.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { withScannedBase } from './base-lease.ts';
import { type MergeResult, mergeInto } from './merge-workspaces.ts';

/**
 * How a rebase is made. In conflicts `ours` is the workspace's side, `theirs` the base's; `markers`
 * leaves both in the text, to be edited.
 */
export interface RebaseOptions extends ConflictOptions<OnConflictInWorkspace> {
  /** Only says what would change, and how conflicts would be decided. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Brings what has changed in the base since the fork into the workspace. */
export async function rebaseWorkspace(
  core: WorkspaceCore,
  options?: RebaseOptions,
): Promise<MergeResult> {
  const given = checkOptions(options, [...CONFLICT_OPTIONS, 'dryRun', 'signal']);
  const decisions = checkDecisions(given, WORKSPACE_CHOICES);
  const dryRun = checkBoolean('dryRun', given.dryRun);
  core.requireWritable(core.working.row());
  return withScannedBase(core.engine, { signal: given.signal }, (scan) =>
    mergeInto(core, {
      sides: (draft) => ({ base: draft.row.fork, theirs: scan.tree }),
      ...{ decisions, dryRun },
      other: 'project',
      kind: 'rebase',
      summary: 'rebase onto the project',
      fork: scan.tree,
    }),
  );
}
