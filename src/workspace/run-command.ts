/**
 * Runs a command in a workspace. Only one at a time: lease the workspace, show its tree, run,
 * capture, store the changes in one transaction with the audit rows, tell the listeners.
 */

import { SnapshotNotFoundError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import { type ChosenStrategy, chooseStrategy } from '../runner/choose-strategy.ts';
import { type Command, resolveCommand } from '../runner/command.ts';
import { childEnvironment, type Environment } from '../runner/environment.ts';
import { type ProcessResult, type RunningProcess, startProcess } from '../runner/process.ts';
import type { PreparedRun, RunStrategy, RunWarning } from '../runner/strategy.ts';
import { collectChanges } from '../snapshot/changes.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import type { FileEffect } from './edit-files.ts';
import { notDirectory } from './file-errors.ts';
import { resolvePath } from './resolve.ts';
import { type AnyRunResult, CommandError, CommandTimeoutError } from './run-errors.ts';
import { parseRun, type RunOptions, type RunRequest } from './run-options.ts';
import type { RunResult } from './run-result.ts';
import { storeRun } from './store-run.ts';
import { noticeOf, type WorkspaceCore } from './workspace-core.ts';

/** How long a run waits for a command of another process, in ms: long enough for a short one. */
const WAIT_MS = 200;

/** With these a host that is a git hook would lead every git command to its own repository. */
const NO_GIT_VARIABLES: Environment = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_PREFIX: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
};

/** What all runs of an AgentFS share. */
export interface RunHost {
  /** Best first. */
  readonly strategies: readonly RunStrategy[];
  /** The environment that commands inherit. */
  readonly env: Environment;
  /** Awaited while the workspace is leased, before each command; throwing vetoes it. */
  readonly beforeRun?: ((command: Command) => Promise<void>) | undefined;
  /** Told of each result, once the changes are stored; must not throw. */
  readonly afterRun?: ((result: AnyRunResult) => void) | undefined;
}

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
 * @throws {StorageError} when the changes cannot be stored; the workspace is then as it was.
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
  const request = parseRun(command, options, core.engine.config);
  const ended = await executeRun(core, host, request);
  return report(host, request, request.encoding === 'buffer' ? ended : decoded(ended));
}

/**
 * The same for a request that was checked before, whose output is read while it comes.
 *
 * @param onStart - told of the process once it has started.
 */
export async function followCommand(
  core: WorkspaceCore,
  host: RunHost,
  request: RunRequest,
  onStart: (process: RunningProcess) => void,
): Promise<RunResult> {
  return report(host, request, decoded(await executeRun(core, host, request, onStart)));
}

function report<Result extends AnyRunResult>(
  host: RunHost,
  request: RunRequest,
  result: Result,
): Result {
  host.afterRun?.(result);
  if (request.check && result.timedOut) throw new CommandTimeoutError(result);
  if (request.check && result.failed) throw new CommandError(result);
  return result;
}

function decoded(result: RunResult<Buffer>): RunResult {
  return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
}

/** A run whose strategy has been chosen. */
interface Run extends ChosenStrategy {
  readonly core: WorkspaceCore;
  readonly host: RunHost;
  readonly request: RunRequest;
  readonly onStart: ((process: RunningProcess) => void) | undefined;
}

async function executeRun(
  core: WorkspaceCore,
  host: RunHost,
  request: RunRequest,
  onStart?: (process: RunningProcess) => void,
): Promise<RunResult<Buffer>> {
  core.requireOwner(core.working.row());
  const chosen = await chooseStrategy(host.strategies, request.strategy, request.isolation);
  const run: Run = { core, host, request, onStart, ...chosen };
  const lease = { waitMs: WAIT_MS, signal: request.process.signal };
  const { result, effects } = await core.engine.leases.hold(core.runLease, lease, async () => {
    await host.beforeRun?.(request.command);
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
  const workdir = resolveWorkdir(run.core, tree, run.request.workdir);
  const prepared = await prepare(run, tree);
  try {
    return await runPrepared(run, prepared, tree, workdir);
  } catch (error) {
    prepared.discard();
    throw error;
  }
}

function treeOf(core: WorkspaceCore, { snapshot }: RunRequest): ObjectId {
  if (snapshot === undefined) return core.working.foldedRoot();
  const row = core.engine.store.snapshots.find(core.number, snapshot);
  if (row === undefined) throw new SnapshotNotFoundError(snapshot, core.working.row().name);
  return row.tree;
}

/** Follows links, and refuses what is known to be no directory. What is not versioned may be one. */
function resolveWorkdir(core: WorkspaceCore, tree: ObjectId, workdir: TreePath): TreePath {
  const { trees, store } = core.engine;
  const view = new PendingTree(trees, tree);
  const { path, entry } = resolvePath(view, store.contents, workdir, true);
  if (entry !== undefined && entry.kind !== 'directory') throw notDirectory(path);
  return path;
}

function prepare({ core, request, strategy }: Run, tree: ObjectId): Promise<PreparedRun> {
  const { engine } = core;
  return strategy.prepare({
    workspace: core.number,
    tree,
    directory: core.workDirectory,
    base: engine.basePath,
    isolation: request.isolation,
    signal: request.process.signal,
    onProgress: (done) => {
      const progress = { operation: 'materialise', done, total: undefined, unit: 'files' } as const;
      engine.announcer.emit('progress', progress);
    },
  });
}

async function runPrepared(
  run: Run,
  prepared: PreparedRun,
  tree: ObjectId,
  workdir: TreePath,
): Promise<Finished> {
  const { core, request, strategy, isolation } = run;
  const ended = await runProcess(run, prepared, workdir);
  const { survivors, stdout, stderr, ...outcome } = ended;
  const capture = await prepared.capture(survivors.length === 0);
  const { left, effects, ...stored } = storeRun(core, request, {
    tree,
    capture,
    ended,
    strategy: strategy.name,
  });
  const context = { trees: core.engine.trees, contents: core.engine.store.contents };
  const result = {
    command: request.command,
    commandId: request.commandId,
    ...outcome,
    failed: outcome.exitCode !== 0,
    stdout,
    stderr,
    changes: collectChanges(context, tree, left, { detectRenames: true }),
    ...stored,
    strategy: strategy.name,
    isolation,
    warnings: [...prepared.warnings, ...capture.warnings, ...survivors.map(survivorWarning)],
  };
  return { result, effects };
}

async function runProcess(
  { core, host, request, isolation, onStart }: Run,
  prepared: PreparedRun,
  workdir: TreePath,
): Promise<ProcessResult> {
  const env = childEnvironment({
    hostEnv: { ...host.env, ...NO_GIT_VARIABLES },
    // With the strictest profile a command gets only what its caller lists.
    inheritEnv: request.inheritEnv && isolation.profile !== 'restricted',
    env: { ...prepared.env, ...request.env },
    workspace: core.working.row().name,
    base: core.engine.basePath,
    workdir: prepared.root,
    commandId: request.commandId,
  });
  const cwd = prepared.cwd(workdir);
  const { file } = resolveCommand(request.command, request.process.shell);
  const process = await startProcess({
    ...request.process,
    ...prepared.launch(env, file),
    cwd,
    output: onStart === undefined ? request.output : 'stream',
  });
  onStart?.(process);
  return process.result;
}

function survivorWarning(pid: number): RunWarning {
  const message = `Process ${pid} of the command could not be killed; it may still change files.`;
  return { path: '', kind: 'survivor', message };
}
