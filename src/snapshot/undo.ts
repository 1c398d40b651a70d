/**
 * The operations of a workspace and going back and forth between them. An operation remembers whole trees, so
 * undo sets a pointer. File changes between two operations become an operation of their own, `edit`, as soon
 * as another operation is recorded or undo is asked for.
 */

import { AgentFSError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { OperationKind, OperationRow } from '../store/operations.ts';
import { sameTrees } from '../tree/diff-trees.ts';
import type { Draft } from './working-tree.ts';

/** Whether ignored content can be brought to a state. */
export type CanReach = (state: number) => boolean;

/**
 * Runs `action` as one operation that undo can take back.
 *
 * @returns the number of the operation, or 0 when `action` left tree and fork as they were but for
 *   mtimes, and what `action` returned.
 */
export function recordOperation<T>(
  draft: Draft,
  kind: OperationKind,
  summary: string,
  action: () => T,
  ignoredPaths: readonly string[] = [],
): { readonly number: number; readonly result: T } {
  const rootBefore = recordEdits(draft);
  const { fork: forkBefore, ignored: ignoredBefore } = draft.row;
  const result = action();
  const rootAfter = draft.fold().id;
  const { fork: forkAfter, ignored: ignoredAfter } = draft.row;
  const isSame =
    sameTrees(draft.trees, rootBefore, rootAfter) && sameTrees(draft.trees, forkBefore, forkAfter);
  if (isSame && ignoredAfter === ignoredBefore) return { number: 0, result };
  const trees = { rootBefore, rootAfter, forkBefore, forkAfter };
  const operation = { kind, summary, ...trees, ignoredBefore, ignoredAfter, ignoredPaths };
  return { number: append(draft, operation), result };
}

/**
 * Takes the newest operation back, with what it has done to ignored content if that is still kept.
 *
 * @throws {AgentFSError} NOTHING_TO_UNDO.
 */
export function undoOperation(draft: Draft, canReach: CanReach): OperationRow {
  recordEdits(draft);
  const operation = draft.store.operations.get(draft.row.operation);
  if (operation === undefined) {
    throw new AgentFSError(
      'NOTHING_TO_UNDO',
      `Workspace '${draft.row.name}' has nothing to undo.`,
      {
        hint: 'See history() for the recorded operations.',
      },
    );
  }
  const previous = draft.store.operations.previous(draft.row.number, operation.number);
  draft.row.operation = previous?.number ?? 0;
  draft.row.fork = operation.forkBefore;
  goToIgnored(draft, operation, operation.ignoredBefore, canReach);
  draft.moveTo(operation.rootBefore);
  return operation;
}

/**
 * Makes the oldest undone operation again.
 *
 * @throws {AgentFSError} NOTHING_TO_REDO; changes since the undo rule it out.
 */
export function redoOperation(draft: Draft, canReach: CanReach): OperationRow {
  recordEdits(draft);
  const operation = draft.store.operations.next(draft.row.number, draft.row.operation);
  if (operation === undefined) {
    throw new AgentFSError(
      'NOTHING_TO_REDO',
      `Workspace '${draft.row.name}' has nothing to redo.`,
      {
        hint: 'Only what undo() has just taken back can be redone.',
      },
    );
  }
  draft.row.operation = operation.number;
  draft.row.fork = operation.forkAfter;
  goToIgnored(draft, operation, operation.ignoredAfter, canReach);
  draft.moveTo(operation.rootAfter);
  return operation;
}

/** Ignored content stays as it is where the wanted state is not kept any more. */
function goToIgnored(
  { row }: Draft,
  { ignoredBefore, ignoredAfter }: OperationRow,
  wanted: number,
  canReach: CanReach,
): void {
  if (ignoredBefore !== ignoredAfter && canReach(wanted)) row.ignored = wanted;
}

/** Records file changes since the newest operation as an operation, and returns the tree as it is now. */
function recordEdits(draft: Draft): ObjectId {
  const rootAfter = draft.fold().id;
  const expected = expectedRoot(draft);
  if (!sameTrees(draft.trees, expected, rootAfter)) {
    const fork = draft.row.fork;
    append(draft, {
      kind: 'edit',
      summary: 'file changes',
      rootBefore: expected,
      rootAfter,
      forkBefore: fork,
      forkAfter: fork,
      ignoredBefore: draft.row.ignored,
      ignoredAfter: draft.row.ignored,
      ignoredPaths: [],
    });
  }
  return rootAfter;
}

/** The tree that the operations lead to. */
function expectedRoot(draft: Draft): ObjectId {
  const { operations } = draft.store;
  const current = operations.get(draft.row.operation);
  if (current !== undefined) return current.rootAfter;
  return operations.next(draft.row.number, draft.row.operation)?.rootBefore ?? draft.row.start;
}

function append(
  draft: Draft,
  operation: Omit<OperationRow, 'number' | 'workspace' | 'createdAt'>,
): number {
  const { operations } = draft.store;
  // What was undone before this operation cannot be redone after it.
  operations.deleteAfter(draft.row.number, draft.row.operation);
  const number = operations.insert({
    ...operation,
    workspace: draft.row.number,
    createdAt: draft.now,
  });
  draft.row.operation = number;
  draft.touch();
  return number;
}
