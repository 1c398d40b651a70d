/**
 * What a single run and a session have in common: showing a tree, running a process where it is
 * shown, and turning the end of it into a result.
 */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { ChosenStrategy } from '../../runner/choose-strategy.ts';
import type { IsolationRequest } from '../../runner/isolation.ts';
import { type Command, resolveCommand } from '../../runner/process/command.ts';
import { childEnvironment, type Environment } from '../../runner/process/environment.ts';
import {
  type ProcessResult,
  type RunningProcess,
  startProcess,
} from '../../runner/process/process.ts';
import type { PreparedRun, RunStrategy, RunWarning } from '../../runner/strategy.ts';
import { PendingTree } from '../../tree/pending-tree.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { type Resolved, resolvePath } from '../files/resolve.ts';
import { type AnyRunResult, CommandError, CommandTimeoutError } from './run-errors.ts';
import type { RunRequest } from './run-options.ts';
import type { RunResult } from './run-result.ts';
import { secretVariables } from './secret-places.ts';

/** How long a run waits for a command of another process, in ms: long enough for a short one. */
export const RUN_WAIT_MS = 200;

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

/** A workspace, and the strategy that was chosen to run in it. */
export interface RunPlace extends ChosenStrategy {
  readonly core: WorkspaceCore;
  readonly host: RunHost;
}

/** Told of a process once it has started. */
export type OnStart = (process: RunningProcess) => void;

/** Runs a request that was checked before, and reports its result as text. */
export type FollowCommand = (request: RunRequest, onStart: OnStart) => Promise<RunResult>;

/** Shows a tree, which the caller keeps in the store meanwhile, as real files. */
export async function showTree(
  { core, strategy }: RunPlace,
  tree: ObjectId,
  isolation: IsolationRequest,
  signal: AbortSignal | undefined,
): Promise<PreparedRun> {
  const { engine } = core;
  let files: number | undefined;
  const tell = (done: number, total?: number): void => {
    files = done;
    const progress = { operation: 'materialise', done, total, unit: 'files' } as const;
    engine.announcer.emit('progress', progress);
  };
  const prepared = await strategy.prepare({
    workspace: core.number,
    tree,
    directory: core.workPlace,
    base: engine.basePath,
    isolation,
    signal,
    onProgress: tell,
  });
  // From here on the terminal, if there is one, may be the command's.
  if (files !== undefined) tell(files, files);
  return prepared;
}

/** Where the directory to start in is, links followed. What is not versioned may be one, too. */
export function resolveWorkdir(core: WorkspaceCore, tree: ObjectId, workdir: TreePath): Resolved {
  const { trees, store } = core.engine;
  return resolvePath(new PendingTree(trees, tree), store.contents, workdir, { followLast: true });
}

/**
 * Runs the process of a command and waits until everything that it started is dead.
 *
 * @param workdir - without links.
 */
export async function runProcess(
  { core, host, isolation }: RunPlace,
  prepared: PreparedRun,
  workdir: TreePath,
  request: RunRequest,
  onStart?: OnStart,
): Promise<ProcessResult> {
  const env = childEnvironment({
    hostEnv: { ...host.env, ...NO_GIT_VARIABLES },
    withheld: secretVariables(core.engine),
    // With the strictest profile a command gets only what its caller lists.
    inheritEnv: request.inheritEnv && isolation.profile !== 'restricted',
    env: { ...prepared.env, ...request.env },
    workspace: core.working.row().name,
    base: core.engine.basePath,
    workdir: prepared.root,
    commandId: request.commandId,
  });
  const { file: program } = resolveCommand(request.command, request.process.shell);
  const { output } = request;
  const process = await startProcess({
    ...request.process,
    ...prepared.launch({ env, program, workdir }),
    workdir,
    output,
  });
  onStart?.(process);
  return process.result;
}

/** What has become of the changes of a command. */
export type Taken = Pick<RunResult, 'changes' | 'discarded' | 'operationId' | 'warnings'>;

/** The result of a command. */
export function resultOf(
  { strategy, isolation }: RunPlace,
  request: RunRequest,
  { survivors, ...outcome }: ProcessResult,
  taken: Taken,
): RunResult<Buffer> {
  return {
    command: request.command,
    commandId: request.commandId,
    ...outcome,
    failed: outcome.exitCode !== 0,
    ...taken,
    strategy: strategy.name,
    isolation,
    warnings: [...taken.warnings, ...survivors.map(survivorWarning)],
  };
}

/**
 * Hands a result out, as its caller wants it.
 *
 * @throws {CommandError} COMMAND_FAILED, {CommandTimeoutError} COMMAND_TIMEOUT with `check`.
 */
export function report<Result extends AnyRunResult>(
  host: RunHost,
  request: RunRequest,
  result: Result,
): Result {
  host.afterRun?.(result);
  if (request.check && result.timedOut) throw new CommandTimeoutError(result);
  if (request.check && result.failed) throw new CommandError(result);
  return result;
}

/** The same result with its output as text. */
export function decoded(result: RunResult<Buffer>): RunResult {
  return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
}

function survivorWarning(pid: number): RunWarning {
  const message = `Process ${pid} of the command could not be killed; it may still change files.`;
  return { path: '', kind: 'survivor', message };
}
