/**
 * The steps of a workspace and going back and forth between them. A step remembers whole trees, so
 * undo sets a pointer. File changes between two steps become a step of their own, `edit`, as soon
 * as another step is recorded or undo is asked for.
 */

import { AgentFSError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { OperationKind, OperationRow } from '../store/operations.ts';
import type { Draft } from './working-tree.ts';

/**
 * Runs `action` as one step that undo can take back.
 *
 * @returns the number of the step, or 0 when `action` left tree and fork as they were, and what
 *   `action` returned.
 */
export function recordStep<T>(
  draft: Draft,
  kind: OperationKind,
  summary: string,
  action: () => T,
): { readonly number: number; readonly result: T } {
  const rootBefore = settleEdits(draft);
  const forkBefore = draft.row.fork;
  const result = action();
  const rootAfter = draft.fold().id;
  const forkAfter = draft.row.fork;
  if (rootAfter === rootBefore && forkAfter === forkBefore) return { number: 0, result };
  const step = { kind, summary, rootBefore, rootAfter, forkBefore, forkAfter };
  return { number: append(draft, step), result };
}

/**
 * Takes the newest step back.
 *
 * @throws {AgentFSError} NOTHING_TO_UNDO.
 */
export function undoStep(draft: Draft): OperationRow {
  settleEdits(draft);
  const step = draft.store.operations.get(draft.row.operation);
  if (step === undefined) {
    throw new AgentFSError(
      'NOTHING_TO_UNDO',
      `Workspace '${draft.row.name}' has nothing to undo.`,
      {
        hint: 'See history() for the recorded operations.',
      },
    );
  }
  const previous = draft.store.operations.previous(draft.row.number, step.number);
  draft.row.operation = previous?.number ?? 0;
  draft.row.fork = step.forkBefore;
  draft.moveTo(step.rootBefore);
  return step;
}

/**
 * Makes the oldest undone step again.
 *
 * @throws {AgentFSError} NOTHING_TO_REDO; changes since the undo rule it out.
 */
export function redoStep(draft: Draft): OperationRow {
  settleEdits(draft);
  const step = draft.store.operations.next(draft.row.number, draft.row.operation);
  if (step === undefined) {
    throw new AgentFSError(
      'NOTHING_TO_REDO',
      `Workspace '${draft.row.name}' has nothing to redo.`,
      {
        hint: 'Only what undo() has just taken back can be redone.',
      },
    );
  }
  draft.row.operation = step.number;
  draft.row.fork = step.forkAfter;
  draft.moveTo(step.rootAfter);
  return step;
}

/** Records file changes since the newest step as a step, and returns the tree as it is now. */
function settleEdits(draft: Draft): ObjectId {
  const rootAfter = draft.fold().id;
  const expected = expectedRoot(draft);
  if (expected !== rootAfter) {
    const fork = draft.row.fork;
    append(draft, {
      kind: 'edit',
      summary: 'file changes',
      rootBefore: expected,
      rootAfter,
      forkBefore: fork,
      forkAfter: fork,
    });
  }
  return rootAfter;
}

/** The tree that the steps lead to. */
function expectedRoot(draft: Draft): ObjectId {
  const { operations } = draft.store;
  const current = operations.get(draft.row.operation);
  if (current !== undefined) return current.rootAfter;
  return operations.next(draft.row.number, draft.row.operation)?.rootBefore ?? draft.row.start;
}

function append(
  draft: Draft,
  step: Omit<OperationRow, 'number' | 'workspace' | 'createdAt'>,
): number {
  const { operations } = draft.store;
  // What was undone before this step cannot be redone after it.
  operations.deleteAfter(draft.row.number, draft.row.operation);
  const number = operations.insert({
    ...step,
    workspace: draft.row.number,
    createdAt: draft.now,
  });
  draft.row.operation = number;
  draft.touch();
  return number;
}
