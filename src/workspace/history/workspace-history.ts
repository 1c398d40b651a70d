/** Undo, redo and the list of what they go through. */

import { checkCount, checkOptions } from '../../primitives/arguments.ts';
import type { FileChange } from '../../snapshot/changes.ts';
import { collectChanges } from '../../snapshot/changes.ts';
import { redoStep, undoStep } from '../../snapshot/undo.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { OperationKind, OperationRow } from '../../store/operations.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

const DEFAULT_LIMIT = 100;

/** A recorded step of a workspace. */
export interface Operation {
  readonly id: number;
  /** Which call made it; `edit` stands for file changes between two other steps. */
  readonly kind: OperationKind;
  readonly summary: string;
  readonly createdAt: Date;
  /** Whether it was undone and can be redone. */
  readonly undone: boolean;
}

/** What undo or redo did. */
export interface UndoResult {
  /** The step that was taken back or made again. */
  readonly operation: Operation;
  /** What that changed in the workspace. */
  readonly changes: readonly FileChange[];
}

/** The steps of a workspace, newest first, undone ones included. */
export function listOperations(core: WorkspaceCore, options?: { limit?: number }): Operation[] {
  const limit = checkCount('limit', checkOptions(options).limit) ?? DEFAULT_LIMIT;
  const { number, operation } = core.working.row();
  const rows = core.engine.store.operations.list(number, limit);
  return rows.map((row) => publicForm(row, operation));
}

/** Takes the newest step back. */
export function undo(core: WorkspaceCore): UndoResult {
  return step(core, 'undo', undoStep);
}

/** Makes the step that was undone last again. */
export function redo(core: WorkspaceCore): UndoResult {
  return step(core, 'redo', redoStep);
}

function step(
  core: WorkspaceCore,
  name: 'undo' | 'redo',
  action: (draft: Draft) => OperationRow,
): UndoResult {
  const { row, before, after, current } = core.working.change((draft) => {
    core.requireWritable(draft.row);
    const root = draft.fold().id;
    const done = action(draft);
    core.recordEvent(draft, 'restore', { [name]: done.number, kind: done.kind });
    return { row: done, before: root, after: draft.row.root, current: draft.row.operation };
  });
  const changes = collectChanges(core.engine.objects, before, after, { detectRenames: false });
  core.announceChanges(changes);
  return { operation: publicForm(row, current), changes };
}

function publicForm(row: OperationRow, current: number): Operation {
  const { number, kind, summary, createdAt } = row;
  return { id: number, kind, summary, createdAt: new Date(createdAt), undone: number > current };
}
