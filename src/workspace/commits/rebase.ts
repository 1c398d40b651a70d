/** Bringing what has changed in the base into a workspace. */

import { checkBoolean, checkOptions } from '../../primitives/arguments.ts';
import { wrongType } from '../../primitives/errors.ts';
import type { TreePath } from '../../primitives/path.ts';
import {
  CONFLICT_OPTIONS,
  type ConflictOptions,
  checkDecisions,
  WORKSPACE_CHOICES,
} from '../../snapshot/conflict-side.ts';
import type { OnConflictInWorkspace } from '../../snapshot/merge-outcome.ts';
import type { Edit } from '../core/audit-record.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { withScannedBase } from './base-lease.ts';
import { type MergeResult, mergeInto } from './merge-workspaces.ts';

/**
 * How a rebase is made. In conflicts `ours` is the workspace's side, `theirs` the base's; `markers`
 * leaves both in the text, to be edited.
 */
export interface RebaseOptions extends ConflictOptions<OnConflictInWorkspace> {
  /** Only says what would change, and how conflicts would be decided; without `contents`. */
  readonly dryRun?: boolean | undefined;
  /**
   * Files as they are to be afterwards, by their paths, whatever the two sides have there: in the
   * same step that undo takes back.
   */
  readonly contents?: Contents | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The contents of files, by their paths. */
export type Contents = Readonly<Record<string, string | Uint8Array>>;

/** Checks and hashes contents, and makes what writes them. */
export type PrepareContents = (contents: Contents) => ReadonlyMap<TreePath, Edit>;

/** Brings what has changed in the base since the fork into the workspace. */
export async function rebaseWorkspace(
  core: WorkspaceCore,
  options: RebaseOptions | undefined,
  prepare: PrepareContents,
): Promise<MergeResult> {
  const given = checkOptions(options, [...CONFLICT_OPTIONS, 'contents', 'dryRun', 'signal']);
  const { sides = new Map(), ...others } = checkDecisions(given, WORKSPACE_CHOICES);
  const dryRun = checkBoolean('dryRun', given.dryRun);
  if (dryRun === true && given.contents !== undefined) {
    throw wrongType('dryRun', 'absent when contents are given', dryRun);
  }
  const edits = prepare(given.contents ?? {});
  const twice = [...edits.keys()].find((path) => sides.has(path));
  if (twice !== undefined) throw wrongType('contents', 'other paths than ours and theirs', twice);
  const settled = [...edits.keys()].map((path) => [path, 'ours'] as const);
  core.requireWritable(core.working.row());
  return withScannedBase(core.engine, { signal: given.signal }, (scan) =>
    mergeInto(core, {
      sides: (draft) => ({ base: draft.row.fork, theirs: scan.tree }),
      decisions: { ...others, sides: new Map([...sides, ...settled]) },
      ...{ dryRun, edits },
      other: 'project',
      kind: 'rebase',
      summary: 'rebase onto the project',
      fork: scan.tree,
    }),
  );
}
