/** Stores what a command did: its changes, their audit rows and its own, in one transaction. */

import { ReadOnlyError, WorkspaceExpiredError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { ProcessResult } from '../runner/process.ts';
import type { Capture, StrategyName } from '../runner/strategy.ts';
import { recordStep } from '../snapshot/history.ts';
import type { Draft } from '../snapshot/working-tree.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import { applyCapturedTree } from './captured-tree.ts';
import type { FileEffect } from './edit-files.ts';
import { auditRecord } from './record.ts';
import { describeCommand } from './run-errors.ts';
import type { RunRequest } from './run-options.ts';
import type { WorkspaceCore } from './workspace-core.ts';

/** A command that is over, and what it left. */
export interface EndedRun {
  /** The tree that the command saw. */
  readonly tree: ObjectId;
  readonly capture: Capture;
  readonly ended: ProcessResult;
  readonly strategy: StrategyName;
}

/** What became of it. */
export interface StoredRun {
  /** The tree that the command left. */
  readonly left: ObjectId;
  /** What has changed in the workspace. */
  readonly effects: readonly FileEffect[];
  readonly discarded: boolean;
  /** The step in the history; null when the workspace is as it was. */
  readonly operationId: number | null;
}

/**
 * Stores a run: either all of it, or nothing.
 *
 * @throws {WorkspaceNotFoundError} when the workspace was deleted meanwhile; {StorageError}.
 */
export function storeRun(core: WorkspaceCore, request: RunRequest, run: EndedRun): StoredRun {
  return core.working.change((draft) => {
    const left = run.capture.settle();
    const discarded = isDiscarded(core, draft.row, request, run.ended);
    const isUnchanged = discarded || left === run.tree;
    const step = isUnchanged
      ? { number: 0, result: [] }
      : recordStep(draft, 'run', describeCommand(request.command), () =>
          applyCapturedTree(draft, run.tree, left),
        );
    const stored = { left, effects: step.result, discarded, operationId: step.number || null };
    if (request.audit) recordRun(core, draft, { request, run, stored });
    return stored;
  });
}

function isDiscarded(
  core: WorkspaceCore,
  row: WorkspaceRow,
  request: RunRequest,
  ended: ProcessResult,
): boolean {
  if (request.snapshot !== undefined) return true;
  if (request.rollbackOnFailure && ended.exitCode !== 0) return true;
  return !canChange(core, row);
}

/** Whether changes may be kept: not in a read-only, frozen or expired workspace. */
export function canChange(core: WorkspaceCore, row: WorkspaceRow): boolean {
  try {
    core.requireWritable(row);
    return true;
  } catch (error) {
    if (error instanceof ReadOnlyError || error instanceof WorkspaceExpiredError) return false;
    throw error;
  }
}

interface Recorded {
  readonly request: RunRequest;
  readonly run: EndedRun;
  readonly stored: StoredRun;
}

function recordRun(core: WorkspaceCore, draft: Draft, { request, run, stored }: Recorded): void {
  const { engine } = core;
  if (!engine.config.get('core.audit_enabled')) return;
  const { command, commandId, snapshot } = request;
  const { exitCode, signal, timedOut, durationMs } = run.ended;
  const metadata = {
    command,
    exitCode,
    signal,
    timedOut,
    durationMs: Math.round(durationMs),
    workdir: `/${request.workdir}`,
    // Names only: a value may be a secret.
    env: Object.keys(request.env),
    strategy: run.strategy,
    snapshot,
    discarded: stored.discarded,
  };
  const record = { operation: 'run', path: '', metadata };
  draft.audit(auditRecord(engine, draft.now, record, commandId));
  for (const effect of stored.effects) core.record(draft, effect, commandId);
}
