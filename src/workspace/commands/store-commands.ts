/** Stores what commands did: their changes, audit rows and one step, in one transaction. */

import { ReadOnlyError, WorkspaceExpiredError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { Command } from '../../runner/process/command.ts';
import type { ProcessResult } from '../../runner/process/process.ts';
import type { Capture, StrategyName } from '../../runner/strategy.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import { auditRecord, type FileEffect } from '../core/audit-record.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { describeCommand } from './run-errors.ts';
import type { RunRequest } from './run-options.ts';
import { NOTHING_TAKEN, type TakenIn, takeIn } from './take-in.ts';

/** Commands that are over, and what they left together. */
export interface EndedCommands {
  /** The tree that the first one saw. */
  readonly tree: ObjectId;
  readonly capture: Capture;
  readonly commands: readonly { readonly command: Command; readonly commandId: string }[];
  /** Whether the changes are recorded in the audit log. */
  readonly audit: boolean;
  /** What is to be recorded of the one command, unless that was done when it ended. */
  readonly run?: RunDescription | undefined;
  /** Whether their caller wants none of the changes. */
  readonly isUnwanted?: boolean | undefined;
}

/** A command and its end, for the audit log. */
export type RunDescription = Readonly<Record<string, unknown>>;

/** What became of them. */
export interface StoredCommands extends TakenIn {
  /** The tree that the commands left. */
  readonly left: ObjectId;
  /** Whether the changes were dropped: unwanted, or the workspace cannot be changed. */
  readonly discarded: boolean;
}

/**
 * Stores what commands left: either all of it, or nothing. One step, and one audit row for each path,
 * which names the command, or all commands that may have changed it. Where the workspace was changed
 * meanwhile, it keeps its side of each conflict.
 *
 * @throws {WorkspaceNotFoundError} when the workspace was deleted meanwhile; {StorageError}.
 */
export function storeCommands(core: WorkspaceCore, ended: EndedCommands): StoredCommands {
  const { tree, capture, audit, run } = ended;
  const commandIds = ended.commands.map(({ commandId }) => commandId);
  return core.working.change((draft) => {
    const left = capture.settle();
    const discarded = ended.isUnwanted === true || !canChange(core, draft.row);
    if (audit && run !== undefined) recordRun(core, draft, { ...run, discarded }, commandIds[0]);
    const { ignored } = capture;
    const isSame = left === tree && ignored === undefined;
    if (discarded || isSame) return { left, discarded, ...NOTHING_TAKEN };
    const summary = summaryOf(ended);
    const files = { from: tree, to: left, side: 'ours', kind: 'run', summary, ignored } as const;
    const taken = takeIn(core, draft, files);
    if (audit) recordEffects(core, draft, taken.effects, commandIds);
    return { left, discarded, ...taken };
  });
}

/** Adds the audit row of a command whose changes are not captured yet. */
export function recordCommand(core: WorkspaceCore, run: RunDescription, commandId: string): void {
  if (!core.engine.config.get('core.audit_enabled')) return;
  core.working.change((draft) => {
    // The command has not changed the workspace, only its files.
    draft.row.updatedAt = core.working.row().updatedAt;
    recordRun(core, draft, run, commandId);
  });
}

/** What the audit log says of a command: names of variables only, as a value may be a secret. */
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

function recordRun(
  { engine }: WorkspaceCore,
  draft: Draft,
  metadata: RunDescription,
  commandId: string | undefined,
): void {
  if (!engine.config.get('core.audit_enabled')) return;
  const record = { operation: 'run', path: '', metadata };
  draft.audit(auditRecord(engine, draft.now, record, commandId));
}

function recordEffects(
  core: WorkspaceCore,
  draft: Draft,
  effects: readonly FileEffect[],
  commandIds: readonly string[],
): void {
  const [only, ...others] = commandIds;
  for (const effect of effects) {
    if (others.length === 0) core.record(draft, effect, only);
    else core.record(draft, { ...effect, metadata: { ...effect.metadata, commandIds } });
  }
}

function summaryOf({ commands: [first, ...others] }: EndedCommands): string {
  if (first === undefined) return 'processes of a session';
  const line = describeCommand(first.command);
  return others.length === 0 ? line : `${line} and ${others.length} more`;
}
