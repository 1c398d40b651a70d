/** Undo, redo and the list of what they go through. */

import { checkCount, checkOptions } from '../../primitives/arguments.ts';
import type { FileChange } from '../../snapshot/changes.ts';
import { collectChanges } from '../../snapshot/changes.ts';
import { type CanReach, redoOperation, undoOperation } from '../../snapshot/undo.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { OperationKind, OperationRow } from '../../store/operations.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { reachOf } from './ignored-reach.ts';

const DEFAULT_LIMIT = 100;

/** A recorded operation of a workspace. */
export interface Operation {
  readonly id: number;
  /** Which call made it; `edit` stands for file changes between two other operations. */
  readonly kind: OperationKind;
  readonly summary: string;
  readonly createdAt: Date;
  /** Whether it was undone and can be redone. */
  readonly undone: boolean;
}

/** What undo or redo did. */
export interface UndoResult {
  /** The operation that was undone or redone. */
  readonly operation: Operation;
  /** What that changed in the workspace. */
  readonly changes: readonly FileChange[];
  /** What the operation had done to ignored content; null for nothing that is known. */
  readonly ignored: IgnoredPart | null;
}

/** The part of an operation that is not versioned. */
export interface IgnoredPart {
  /** The top-most paths, such as `node_modules` or `.git`. */
  readonly paths: readonly string[];
  /** Whether they are as they were; otherwise they are as before the call, as no more is kept. */
  readonly restored: boolean;
}

/** The operations of a workspace, newest first, undone ones included. */
export function listOperations(core: WorkspaceCore, options?: { limit?: number }): Operation[] {
  const limit = checkCount('limit', checkOptions(options, ['limit']).limit) ?? DEFAULT_LIMIT;
  const { number, operation } = core.working.row();
  const rows = core.engine.store.operations.list(number, limit);
  return rows.map((row) => publicForm(row, operation));
}

/** Undoes the newest operation. */
export function undo(core: WorkspaceCore): UndoResult {
  return goTo(core, 'undo', undoOperation);
}

/** Redoes the operation that was undone last. */
export function redo(core: WorkspaceCore): UndoResult {
  return goTo(core, 'redo', redoOperation);
}

function goTo(
  core: WorkspaceCore,
  name: 'undo' | 'redo',
  action: (draft: Draft, canReach: CanReach) => OperationRow,
): UndoResult {
  const canReach = reachOf(core);
  const { row, before, after, current } = core.working.change((draft) => {
    core.requireWritable(draft.row);
    const root = draft.fold().id;
    const done = action(draft, canReach);
    core.recordEvent(draft, 'restore', { [name]: done.number, kind: done.kind });
    return { row: done, before: root, after: draft.row.root, current: draft.row };
  });
  const changes = collectChanges(core.engine.objects, before, after, { detectRenames: false });
  core.announceChanges(changes);
  const { ignoredBefore, ignoredAfter, ignoredPaths: paths } = row;
  const wanted = name === 'undo' ? ignoredBefore : ignoredAfter;
  const isOfIgnored = ignoredBefore !== ignoredAfter;
  const ignored = isOfIgnored ? { paths, restored: current.ignored === wanted } : null;
  return { operation: publicForm(row, current.operation), changes, ignored };
}

function publicForm(row: OperationRow, current: number): Operation {
  const { number, kind, summary, createdAt } = row;
  return { id: number, kind, summary, createdAt: new Date(createdAt), undone: number > current };
}
