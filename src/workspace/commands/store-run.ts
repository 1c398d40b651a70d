/** Stores what a command did: its changes, their audit rows and its own, in one transaction. */

import { ReadOnlyError, WorkspaceExpiredError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { ProcessResult } from '../../runner/process/process.ts';
import type { Capture, StrategyName } from '../../runner/strategy.ts';
import { recordOperation } from '../../snapshot/undo.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import { type FileEffect, isAuditing } from '../core/audit-record.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { applyCapturedTree } from '../files/captured-tree.ts';
import { describeCommand } from './run-errors.ts';
import type { RunRequest } from './run-options.ts';

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
    const discarded = isDropped(request, run.ended) || !canChange(core, draft.row);
    const isUnchanged = discarded || left === run.tree;
    const step = isUnchanged
      ? { number: 0, result: [] }
      : recordOperation(draft, 'run', describeCommand(request.command), () =>
          applyCapturedTree(draft, run.tree, left),
        );
    const stored = { left, effects: step.result, discarded, operationId: step.number || null };
    if (request.audit) recordRun(core, draft, { request, run, stored });
    return stored;
  });
}

/** Commands of a session that are over, and what they left together. */
export interface EndedCommands {
  /** The tree that the first one saw. */
  readonly tree: ObjectId;
  readonly capture: Capture;
  readonly commands: readonly Pick<RunRequest, 'command' | 'commandId'>[];
  /** Whether the changes are recorded in the audit log. */
  readonly audit: boolean;
  /** What is to be recorded of the one command, unless that was done when it ended. */
  readonly run?: RunDescription | undefined;
}

/** A command and its end, for the audit log. */
export type RunDescription = Readonly<Record<string, unknown>>;

/**
 * Stores what several commands left: either all of it, or nothing. One step and one audit row for
 * each path, which names the command, or all commands that may have changed it.
 *
 * @throws {WorkspaceNotFoundError} when the workspace was deleted meanwhile; {StorageError}.
 */
export function storeCheckpoint(core: WorkspaceCore, ended: EndedCommands): StoredRun {
  const commandIds = ended.commands.map(({ commandId }) => commandId);
  const [only, ...others] = commandIds;
  return core.working.change((draft) => {
    const left = ended.capture.settle();
    const discarded = !canChange(core, draft.row);
    recordOnce(core, draft, ended, { commandId: only, discarded });
    if (discarded || left === ended.tree) {
      return { left, effects: [], discarded, operationId: null };
    }
    const { number, result: effects } = recordOperation(draft, 'run', summaryOf(ended), () =>
      applyCapturedTree(draft, ended.tree, left),
    );
    for (const effect of ended.audit ? effects : []) {
      if (others.length === 0) core.record(draft, effect, only);
      else core.record(draft, { ...effect, metadata: { ...effect.metadata, commandIds } });
    }
    return { left, effects, discarded, operationId: number || null };
  });
}

/** Adds the row of a command that could not be recorded when it ended. */
function recordOnce(
  core: WorkspaceCore,
  draft: Draft,
  { audit, run }: EndedCommands,
  { commandId, discarded }: { readonly commandId: string | undefined; readonly discarded: boolean },
): void {
  if (audit && run !== undefined) recordRow(core, draft, { ...run, discarded }, commandId);
}

function recordRow(
  core: WorkspaceCore,
  draft: Draft,
  metadata: RunDescription,
  commandId: string | undefined,
): void {
  core.record(draft, { operation: 'run', path: '', metadata }, commandId);
}

/** Adds the audit row of a command whose changes are not captured yet, unless auditing is off. */
export function recordCommand(
  core: WorkspaceCore,
  request: RunRequest,
  ended: ProcessResult,
  strategy: StrategyName,
): void {
  if (!isAuditing(core.engine)) return;
  core.working.change((draft) => {
    // The command has not changed the workspace, only its files.
    draft.row.updatedAt = core.working.row().updatedAt;
    recordRow(core, draft, describeRun(request, ended, strategy), request.commandId);
  });
}

function summaryOf({ commands: [first, ...others] }: EndedCommands): string {
  if (first === undefined) return 'processes of a session';
  const line = describeCommand(first.command);
  return others.length === 0 ? line : `${line} and ${others.length} more`;
}

/** Whether the caller wants none of the changes. */
export function isDropped(
  { snapshot, rollbackOnFailure }: RunRequest,
  { exitCode }: ProcessResult,
): boolean {
  return snapshot !== undefined || (rollbackOnFailure && exitCode !== 0);
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
  const { discarded, effects } = stored;
  const description = describeRun(request, run.ended, run.strategy);
  recordRow(core, draft, { ...description, discarded }, request.commandId);
  for (const effect of effects) core.record(draft, effect, request.commandId);
}

/** The row of a command: names of variables only, as a value may be a secret. */
export function describeRun(
  { command, snapshot, workdir, env }: RunRequest,
  { exitCode, signal, timedOut, durationMs }: ProcessResult,
  strategy: StrategyName,
): RunDescription {
  return {
    command,
    exitCode,
    signal,
    timedOut,
    durationMs: Math.round(durationMs),
    workdir: `/${workdir}`,
    env: Object.keys(env),
    strategy,
    snapshot,
  };
}
