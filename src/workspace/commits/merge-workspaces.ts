/** Bringing the changes of one workspace into another. */

import { checkBoolean, checkOptions } from '../../primitives/arguments.ts';
import { AgentFSError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { collectChanges, type FileChange } from '../../snapshot/changes.ts';
import type { DecidedConflict } from '../../snapshot/conflict.ts';
import {
  CONFLICT_OPTIONS,
  type ConflictOptions,
  checkDecisions,
  WORKSPACE_CHOICES,
} from '../../snapshot/conflict-side.ts';
import { MergeConflictError } from '../../snapshot/merge-errors.ts';
import type { CleanMerge, Decisions, OnConflictInWorkspace } from '../../snapshot/merge-outcome.ts';
import { applyMerge, mergeTrees } from '../../snapshot/merge-trees.ts';
import { labelsFor } from '../../snapshot/text-merge.ts';
import { recordOperation } from '../../snapshot/undo.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { OperationKind } from '../../store/operations.ts';
import type { Edit } from '../core/audit-record.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** What came of a merge. */
export interface MergeResult {
  /** What changed in the workspace. */
  readonly changes: readonly FileChange[];
  /** Paths that both sides had changed, merged line by line. */
  readonly merged: readonly string[];
  /** Disagreements, as they were decided; undo brings back what was overruled. */
  readonly conflicts: readonly DecidedConflict[];
  /** Number of the operation that undo can take back; 0 when nothing changed, as in a dry run. */
  readonly operationId: number;
}

/**
 * How two workspaces are merged. In conflicts `ours` is the target's side, `theirs` the source's;
 * `markers` leaves both in the text, to be edited.
 */
export interface MergeOptions extends ConflictOptions<OnConflictInWorkspace> {
  /** Another name for `onConflict`, with `manual` for `fail`. */
  readonly strategy?: OnConflictInWorkspace | 'manual' | undefined;
  /** Only says what would change, and how conflicts would be decided. */
  readonly dryRun?: boolean | undefined;
}

/** A merge into a workspace: the other side, what both came from, and how it is recorded. */
export interface Merge {
  /** Found out in the transaction of the merge, so that all trees are of one moment. */
  readonly sides: (draft: Draft) => { readonly base: ObjectId; readonly theirs: ObjectId };
  readonly decisions: Decisions;
  readonly dryRun: boolean | undefined;
  /** What markers call the other side. */
  readonly other: string;
  readonly kind: OperationKind;
  readonly summary: string;
  /** Files as they are to be afterwards, in the same step. */
  readonly edits?: ReadonlyMap<string, Edit>;
  /** What the workspace's fork is to be afterwards. */
  readonly fork?: ObjectId;
}

/** Brings what `source` has changed since its fork into `target`. */
export function mergeWorkspaces(
  source: WorkspaceCore,
  target: WorkspaceCore,
  options?: MergeOptions,
): MergeResult {
  const { strategy, dryRun, ...given } = checkOptions(options, [
    ...CONFLICT_OPTIONS,
    'strategy',
    'dryRun',
  ]);
  const name = given.onConflict === undefined ? 'strategy' : 'onConflict';
  const onConflict = given.onConflict ?? (strategy === 'manual' ? 'fail' : strategy);
  const decisions = checkDecisions({ ...given, onConflict }, WORKSPACE_CHOICES, name);
  const { name: other } = source.working.row();
  if (source.number === target.number) {
    throw new AgentFSError('EINVAL', `Workspace '${other}' cannot be merged into itself.`, {
      hint: 'Name another workspace as the target.',
    });
  }
  return mergeInto(target, {
    sides: () => ({ base: source.working.row().fork, theirs: source.working.foldedRoot() }),
    decisions,
    dryRun: checkBoolean('dryRun', dryRun),
    other: `workspace ${other}`,
    kind: 'merge',
    summary: `merge of ${other}`,
  });
}

/**
 * Brings the changes of the other side into a workspace, as an operation that undo can take back.
 *
 * @throws {MergeConflictError} MERGE_CONFLICT; {ReadOnlyError} and its like.
 */
export function mergeInto(core: WorkspaceCore, merge: Merge): MergeResult {
  const { objects } = core.engine;
  const { edits = new Map<string, Edit>() } = merge;
  const { outcome, before, after, operationId } = core.working.change((draft) => {
    core.requireWritable(draft.row);
    const ours = draft.fold().id;
    const sides = { ...merge.sides(draft), ours };
    const labels = labelsFor(draft.row.name, merge.other);
    const found = mergeTrees(objects, sides, { ...merge.decisions, labels });
    if (found.kind === 'conflicted') throw new MergeConflictError(found.conflicts);
    const merged = (): ObjectId => applyMerge(objects, ours, found).id;
    if (merge.dryRun === true) {
      return { outcome: found, before: ours, after: merged(), operationId: 0 };
    }
    const operation = recordOperation(draft, merge.kind, merge.summary, () => {
      draft.moveTo(merged());
      draft.row.fork = merge.fork ?? draft.row.fork;
      return [...edits.values()].flatMap((edit) => edit(draft));
    });
    recordMerge(core, draft, merge, found);
    for (const effect of operation.result) core.record(draft, effect);
    return { outcome: found, before: ours, after: draft.row.root, operationId: operation.number };
  });
  const changes = collectChanges(objects, before, after, { detectRenames: true });
  if (merge.dryRun !== true) core.announceChanges(changes);
  const conflicts = outcome.conflicts.map((each) =>
    edits.has(each.path) ? { ...each, took: 'content' as const } : each,
  );
  return { changes, merged: outcome.merged, conflicts, operationId };
}

function recordMerge(core: WorkspaceCore, draft: Draft, merge: Merge, outcome: CleanMerge): void {
  core.recordEvent(draft, 'merge', {
    kind: merge.kind,
    summary: merge.summary,
    changed: outcome.changes.length,
    merged: outcome.merged,
    conflicts: outcome.conflicts.map((conflict) => conflict.path),
  });
}
