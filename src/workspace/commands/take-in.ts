/**
 * Takes what was changed in files, by commands or by hand, into their workspace, which may have moved
 * on meanwhile: a three-way merge, in which nothing is overwritten without a trace.
 */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { Capture, RunWarning } from '../../runner/strategy.ts';
import type { Conflict } from '../../snapshot/conflict.ts';
import { applyMerge, type MergeInput, mergeTrees } from '../../snapshot/merge-trees.ts';
import { recordOperation } from '../../snapshot/undo.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { FileEffect } from '../core/audit-record.ts';
import type { OperationLabel, WorkspaceCore } from '../core/workspace-core.ts';
import { replaceTree } from '../files/replace-tree.ts';
import { insertSnapshot, randomName } from '../history/new-snapshot.ts';

/** Where the workspace and the files disagree, and where the other side can be had. */
export interface Disagreements {
  /** `local` is the workspace, `remote` the files. */
  readonly conflicts: readonly Conflict[];
  /**
   * Snapshot of the workspace as it would be with the other side of each conflict; null when there
   * is none.
   */
  readonly conflictSnapshot: string | null;
}

/** What came of taking files in. */
export interface TakenIn extends Disagreements {
  readonly effects: readonly FileEffect[];
  /** The step in `history()`; null when the workspace is as it was. */
  readonly operationId: number | null;
}

/** Files that were changed. */
export interface ChangedFiles extends OperationLabel {
  /** The tree that was shown. */
  readonly from: ObjectId;
  /** The tree that they are now. */
  readonly to: ObjectId;
  /** Who has it where both changed the same lines: `ours` is the workspace. */
  readonly side: 'ours' | 'theirs';
  /** What was done to ignored content meanwhile. */
  readonly ignored?: Capture['ignored'];
}

/** Nothing to take in, or nothing that may be. */
export const NOTHING_TAKEN: TakenIn = {
  effects: [],
  operationId: null,
  conflicts: [],
  conflictSnapshot: null,
};

/** Takes changed files in, as one step that undo takes back; belongs in a transaction. */
export function takeIn(core: WorkspaceCore, draft: Draft, files: ChangedFiles): TakenIn {
  const { from, to, side, kind, summary, ignored } = files;
  const before = draft.fold().id;
  const sides = { base: from, ours: before, theirs: to };
  const merged = before === from ? { tree: to, conflicts: [] } : mergedTree(core, sides, side);
  const action = (): readonly FileEffect[] => {
    if (ignored !== undefined) draft.row.ignored = ignored.state;
    return replaceTree(draft, merged.tree);
  };
  const { number, result: effects } = recordOperation(draft, kind, summary, action, ignored?.paths);
  const { conflicts } = merged;
  const taken = { effects, operationId: number || null, conflicts };
  if (conflicts.length === 0) return { ...taken, conflictSnapshot: null };
  const { name } = insertSnapshot(core, draft, {
    name: randomName('conflict'),
    description: `the other side of ${conflicts.length} conflicts with: ${summary}`,
    tags: ['conflict'],
    tree: mergedTree(core, sides, side === 'ours' ? 'theirs' : 'ours').tree,
  });
  return { ...taken, conflictSnapshot: name };
}

/** Warns of each path that keeps what the workspace has, and not what a command left. */
export function warnOfConflicts({ conflicts, conflictSnapshot }: Disagreements): RunWarning[] {
  const message = `The workspace was changed there meanwhile and keeps that; snapshot '${conflictSnapshot}' has what the command left.`;
  return conflicts.map(({ path }) => ({ path, kind: 'conflict', message }));
}

function mergedTree(
  { engine }: WorkspaceCore,
  sides: MergeInput,
  onConflict: 'ours' | 'theirs',
): { readonly tree: ObjectId; readonly conflicts: readonly Conflict[] } {
  const outcome = mergeTrees(engine.objects, sides, { onConflict });
  const { conflicts } = outcome;
  if (outcome.kind === 'conflicted') return { tree: sides.ours, conflicts };
  return { tree: applyMerge(engine.objects, sides.ours, outcome).id, conflicts };
}
