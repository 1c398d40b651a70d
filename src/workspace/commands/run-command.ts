/**
 * Runs a command in a workspace. Only one at a time: lease the workspace, show its tree, run,
 * capture, store the changes in one transaction with the audit rows, tell the listeners.
 */

import type { ObjectId } from '../../primitives/object-id.ts';
import { chooseStrategy } from '../../runner/choose-strategy.ts';
import type { Command } from '../../runner/process/command.ts';
import type { ProcessResult } from '../../runner/process/process.ts';
import type { Capture, PreparedRun } from '../../runner/strategy.ts';
import { countedChanges } from '../../snapshot/counted-changes.ts';
import type { FileEffect } from '../core/audit-record.ts';
import { noticeOf, type WorkspaceCore } from '../core/workspace-core.ts';
import { notDirectory } from '../files/file-errors.ts';
import { findOwnSnapshot } from '../history/references.ts';
import { warnOfDeletions } from './run-deletions.ts';
import type { AnyRunResult } from './run-errors.ts';
import { runDefaults } from './run-limits.ts';
import { parseRun, type RunOptions, type RunRequest } from './run-options.ts';
import {
  decoded,
  type OnStart,
  RUN_WAIT_MS,
  type RunHost,
  type RunPlace,
  report,
  resolveWorkdir,
  resultOf,
  runProcess,
  showTree,
} from './run-process.ts';
import type { RunResult } from './run-result.ts';
import { describeRun, isDropped, type StoredRun, storeRun } from './store-run.ts';
import { finishRuns, leaveRun } from './unfinished-run.ts';

/**
 * Runs a command in the workspace.
 *
 * Changes that the API makes while the command runs stay; where both changed a path, the command
 * wins. In a workspace that cannot be changed the command runs too, and its changes are dropped.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the option.
 * @throws {WorkspaceBusyError} WORKSPACE_BUSY when another process runs a command in it.
 * @throws {HookError} HOOK_FAILED. {PermissionDeniedError} PERMISSION_DENIED.
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE, COMMAND_NOT_STARTED; ABORTED before the start.
 * @throws {FileSystemError} ENOENT, ENOTDIR for a wrong `workdir`. {SnapshotNotFoundError}
 * @throws {CommandError} COMMAND_FAILED, {CommandTimeoutError} COMMAND_TIMEOUT with `check`.
 * @throws {StorageError} when the changes cannot be stored; the workspace is then as it was. An
 *   overlay keeps them, and the next run or open stores them.
 */
export async function runCommand(
  core: WorkspaceCore,
  host: RunHost,
  command: Command,
  options: RunOptions & { readonly encoding: 'buffer' },
): Promise<RunResult<Buffer>>;
export async function runCommand(
  core: WorkspaceCore,
  host: RunHost,
  command: Command,
  options?: RunOptions & { readonly encoding?: 'utf8' | undefined },
): Promise<RunResult>;
export async function runCommand(
  core: WorkspaceCore,
  host: RunHost,
  command: Command,
  options?: RunOptions,
): Promise<AnyRunResult>;
export async function runCommand(
  core: WorkspaceCore,
  host: RunHost,
  command: Command,
  options?: RunOptions,
): Promise<AnyRunResult> {
  const request = parseRun(command, options, runDefaults(core));
  const ended = await executeRun(core, host, request);
  return report(host, request, request.encoding === 'buffer' ? ended : decoded(ended));
}

/** The same for a request that was checked before, whose process somebody wants to know. */
export async function followCommand(
  core: WorkspaceCore,
  host: RunHost,
  request: RunRequest,
  onStart: OnStart,
): Promise<RunResult> {
  return report(host, request, decoded(await executeRun(core, host, request, onStart)));
}

/** A run whose strategy has been chosen. */
interface Run extends RunPlace {
  readonly request: RunRequest;
  readonly onStart: OnStart | undefined;
}

async function executeRun(
  core: WorkspaceCore,
  host: RunHost,
  request: RunRequest,
  onStart?: OnStart,
): Promise<RunResult<Buffer>> {
  core.requireOwner(core.working.row());
  const chosen = await chooseStrategy(host.strategies, request.strategy, request.isolation);
  const run: Run = { core, host, request, onStart, ...chosen };
  const lease = { waitMs: RUN_WAIT_MS, signal: request.process.signal };
  const { result, effects } = await core.engine.leases.hold(core.runLease, lease, async () => {
    await host.beforeRun?.(request.command);
    await finishRuns(core, host.strategies);
    const tree = treeOf(core, request);
    // Until the changes are told from it, also when the workspace itself moves on meanwhile.
    const pin = core.engine.store.pin(tree);
    try {
      return await runOn(run, tree);
    } finally {
      pin.release();
    }
  });
  core.announce(effects.map(noticeOf));
  return result;
}

/** A run whose changes are stored. */
interface Finished {
  readonly result: RunResult<Buffer>;
  readonly effects: readonly FileEffect[];
}

async function runOn(run: Run, tree: ObjectId): Promise<Finished> {
  const { core, request } = run;
  const { path: workdir, entry } = resolveWorkdir(core, tree, request.workdir);
  if (entry !== undefined && entry.kind !== 'directory') throw notDirectory(workdir);
  const prepared = await showTree(run, tree, request.isolation, request.process.signal);
  let ended: ProcessResult;
  try {
    ended = await runProcess(run, prepared, workdir, request, run.onStart);
  } catch (error) {
    prepared.discard();
    throw error;
  }
  const { left, effects, warnings, ...stored } = await takeIn(run, prepared, tree, ended);
  const changes = countedChanges(core.engine.objects, tree, left);
  const deletions = stored.discarded ? [] : warnOfDeletions(core, tree, changes);
  const result = resultOf(run, request, ended, {
    changes,
    ...stored,
    warnings: [...prepared.warnings, ...warnings, ...deletions],
  });
  return { result, effects };
}

function treeOf(core: WorkspaceCore, { snapshot }: RunRequest): ObjectId {
  if (snapshot === undefined) return core.working.foldedRoot();
  return findOwnSnapshot(core, snapshot).tree;
}

/** Takes what the command has left into the workspace, or leaves it for later. */
async function takeIn(
  run: Run,
  prepared: PreparedRun,
  tree: ObjectId,
  ended: ProcessResult,
): Promise<StoredRun & Pick<Capture, 'warnings'>> {
  const { core, request, strategy } = run;
  try {
    const capture = await prepared.capture(ended.survivors.length === 0);
    const stored = storeRun(core, request, { tree, capture, ended, strategy: strategy.name });
    return { ...stored, warnings: capture.warnings };
  } catch (error) {
    await leave(run, prepared, ended);
    throw error;
  }
}

/** What could not be stored is for whoever comes next to store, unless nobody wants it. */
async function leave(
  { request, strategy }: Run,
  prepared: PreparedRun,
  ended: ProcessResult,
): Promise<void> {
  if (isDropped(request, ended)) prepared.discard();
  else {
    const run = describeRun(request, ended, strategy.name);
    await leaveRun(prepared, { commands: [request], audit: request.audit, run });
  }
}
