/** Where commands run: showing a tree there, and running a process where it is shown. */

import { homedir } from 'node:os';
import type { ObjectId } from '../../primitives/object-id.ts';
import { type ChosenStrategy, chooseStrategy } from '../../runner/choose-strategy.ts';
import type { IsolationRequest } from '../../runner/isolation.ts';
import { cacheDirectories } from '../../runner/layers/package-caches.ts';
import type { StockOptions } from '../../runner/layers/stocks.ts';
import type { Command } from '../../runner/process/command.ts';
import { childEnvironment, type Environment } from '../../runner/process/environment.ts';
import {
  type ProcessResult,
  type RunningProcess,
  startProcess,
} from '../../runner/process/process.ts';
import type {
  IgnoredTarget,
  PackageCache,
  PreparedRun,
  RunStrategy,
  RunTarget,
  RunWarning,
} from '../../runner/strategy.ts';
import { PendingTree } from '../../tree/pending-tree.ts';
import { takeStock } from '../core/take-stock.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { resolvePath } from '../files/resolve.ts';
import type { RunRequest } from './run-options.ts';
import type { AnyRunResult } from './run-result.ts';
import { secretVariables } from './secret-places.ts';

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

/** What all runs in a workspace share. */
export interface RunHost {
  readonly core: WorkspaceCore;
  /** Best first. */
  readonly strategies: () => readonly RunStrategy[];
  /** The environment that commands inherit. */
  readonly env: Environment;
  /** Awaited while the workspace is leased, before each command; throwing vetoes it. */
  readonly beforeRun: (command: Command) => Promise<void>;
  /** Told of each result, once the changes are stored; must not throw. */
  readonly afterRun: (result: AnyRunResult) => void;
}

/** A workspace, and the strategy that was chosen to run in it. */
export type RunPlace = RunHost & ChosenStrategy;

/** A command that is over, and what there is to say of it. */
export interface EndedCommand {
  readonly ended: ProcessResult;
  readonly warnings: readonly RunWarning[];
}

/** Told of a process once it has started. */
export type OnStart = (process: RunningProcess) => void;

/**
 * Chooses how to run commands in a workspace.
 *
 * @throws {PermissionDeniedError}; {AgentFSError} SANDBOX_UNAVAILABLE, BASE_NOT_FOUND.
 */
export async function choosePlace(
  host: RunHost,
  { strategy, isolation }: Pick<RunRequest, 'strategy' | 'isolation'>,
): Promise<RunPlace> {
  const { core } = host;
  core.engine.base.requirePresent();
  core.requireOwner(core.working.row());
  return { ...host, ...(await chooseStrategy(host.strategies(), strategy, isolation)) };
}

/** What to show. */
export interface TreeToShow {
  /** The caller keeps it in the store meanwhile. */
  readonly tree: ObjectId;
  readonly isolation: IsolationRequest;
  readonly piped: RunTarget['piped'];
  readonly signal: AbortSignal | undefined;
}

/** Shows a tree as real files. */
export async function showTree(
  { core, strategy, env }: RunPlace,
  { tree, isolation, piped, signal }: TreeToShow,
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
    ignored: await ignoredOf(core, tree, { signal, onProgress: tell }),
    directory: core.workPlace,
    base: engine.basePath,
    isolation,
    caches: cacheDirectories(cachesOf(core), { env, home: homedir() }),
    piped,
    signal,
    onProgress: tell,
  });
  // From here on the terminal, if there is one, may be the command's.
  if (files !== undefined) tell(files, files);
  return prepared;
}

/** The package managers whose caches commands of a workspace find: of the configured, its own. */
function cachesOf({ engine, working }: WorkspaceCore): readonly PackageCache[] {
  const { caches } = working.row();
  return engine.config
    .get('sandbox.caches')
    .filter((name) => caches?.split(',').includes(name) ?? true);
}

/** The ignored content of a workspace; one that has none yet begins with that of the base as it is. */
export async function ignoredOf(
  { engine, working }: WorkspaceCore,
  tree: ObjectId,
  options: StockOptions,
): Promise<IgnoredTarget> {
  const { stock, ignored: state, updatedAt } = working.row();
  if (engine.stocks.has(stock)) return { stock, state };
  const taken = await takeStock(engine, tree, options);
  working.change((draft) => {
    draft.row.stock = taken;
    // The workspace has not changed.
    draft.row.updatedAt = updatedAt;
  });
  return { stock: taken, state };
}

/** Runs the process of a command and waits until everything that it started is dead. */
export async function runProcess(
  place: RunPlace,
  prepared: Pick<PreparedRun, 'root' | 'env' | 'tree' | 'launch'>,
  request: RunRequest,
  onStart: OnStart,
): Promise<EndedCommand> {
  const { trees, store, basePath } = place.core.engine;
  // Only the tree can tell where links lead. Commands may have changed what is there since: the files
  // themselves are looked at when the process is started.
  const pending = new PendingTree(trees, prepared.tree);
  const { path: workdir } = resolvePath(pending, store.contents, request.workdir, {
    followLast: true,
  });
  const env = childEnvironment({
    hostEnv: { ...place.env, ...NO_GIT_VARIABLES },
    withheld: secretVariables(place.core.engine),
    // With the strictest profile a command gets only what its caller lists.
    inheritEnv: request.inheritEnv && place.isolation.profile !== 'restricted',
    env: { ...prepared.env, ...request.env },
    workspace: place.core.working.row().name,
    base: basePath,
    workdir: prepared.root,
    commandId: request.process.commandId,
  });
  const program = request.process.invocation.file;
  const launch = prepared.launch({ env, program, workdir });
  const process = await startProcess({ ...request.process, ...launch, workdir });
  onStart(process);
  const ended = await process.result;
  return { ended, warnings: launch.findings?.() ?? [] };
}
