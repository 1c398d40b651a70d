/** `Workspace`, the object that programs work with. */

import { checkBoolean } from '../primitives/arguments.ts';
import type { Command } from '../runner/process/command.ts';
import type { DiffResult } from '../snapshot/diff-result.ts';
import { conflictsIn } from '../snapshot/merge-errors.ts';
import {
  type BackgroundRun,
  type StartOptions,
  startInBackground,
} from './commands/background-run.ts';
import { type Executor, runToEnd } from './commands/executor.ts';
import { type MaterializeOptions, materialize } from './commands/materialized.ts';
import {
  type RefreshOptions,
  type RefreshResult,
  refreshIgnored,
} from './commands/refresh-ignored.ts';
import { runCommand } from './commands/run-command.ts';
import { runDefaults } from './commands/run-limits.ts';
import { parseRun, type RunOptions } from './commands/run-options.ts';
import type { RunHost } from './commands/run-process.ts';
import type { AnyRunResult, RunResult } from './commands/run-result.ts';
import { openSession, type RunSession, type SessionOptions } from './commands/run-session.ts';
import { type RunStream, type RunStreamOptions, streamCommand } from './commands/run-stream.ts';
import { commitWorkspace, previewCommit } from './commits/commit.ts';
import { type CommitOptions, checkCommit } from './commits/commit-options.ts';
import {
  type CommitOutcome,
  type CommitPreview,
  type CommitResult,
  type LogOptions,
  listCommits,
} from './commits/commit-result.ts';
import type { MergeResult } from './commits/merge-workspaces.ts';
import { type RebaseOptions, rebaseWorkspace } from './commits/rebase.ts';
import { type RevertOptions, revertCommit } from './commits/revert.ts';
import type { WorkspaceCore } from './core/workspace-core.ts';
import { prepareContents } from './files/batch.ts';
import {
  type StatusOptions,
  type WorkspaceDiffOptions,
  type WorkspaceStatus,
  workspaceDiff,
  workspaceStatus,
} from './history/compare.ts';
import { AuditLog } from './history/workspace-audit.ts';
import {
  listOperations,
  type Operation,
  redo,
  type UndoResult,
  undo,
} from './history/workspace-history.ts';
import { WorkspaceSnapshots } from './history/workspace-snapshots.ts';
import { WorkspaceSync } from './sharing/workspace-sync.ts';
import { type WatchOptions, WorkspaceWatch } from './watching/watch-workspace.ts';
import type { WorkspaceEvent } from './workspace-event.ts';
import type { WorkspaceHost } from './workspace-host.ts';
import { WorkspaceProperties } from './workspace-properties.ts';

/**
 * A named, private, complete copy of the project, in which an agent may write and run anything.
 * Several handles on one workspace, also in several processes, always see the same state.
 *
 * @example const workspace = await afs.workspace.create('agent-1');
 */
export class Workspace extends WorkspaceProperties {
  /** Naming the state, and going back to it. */
  readonly snapshot: WorkspaceSnapshots;
  /** What has happened in this workspace. */
  readonly audit: AuditLog;
  /** Sharing it through a database. */
  readonly sync: WorkspaceSync;
  readonly #host: WorkspaceHost<Workspace>;
  readonly #tell = (event: WorkspaceEvent): void => this.#host.tell(() => this, event);

  /** @internal */
  constructor(core: WorkspaceCore, host: WorkspaceHost<Workspace>) {
    super(core);
    this.#host = host;
    this.audit = new AuditLog(() => core.engine, core.number);
    this.sync = new WorkspaceSync(core, host.syncOf(core));
    this.snapshot = new WorkspaceSnapshots(core, this.#tell);
  }

  /**
   * Runs a command, one at a time, and stores its changes in the workspace in one transaction. A
   * string goes to a shell, an array is executed as it is. A non-zero exit status is a result, not an
   * error, unless `check` is set.
   *
   * @throws {CommandError} COMMAND_FAILED, COMMAND_TIMEOUT with `check`; {WorkspaceBusyError}.
   * @throws {AgentFSError} COMMAND_NOT_STARTED, SANDBOX_UNAVAILABLE, ABORTED; {HookError}.
   * @throws {FileSystemError} ENOENT, ENOTDIR for `workdir`; {TypeError} {RangeError}.
   * @example const { exitCode, changes } = await workspace.run('npm test', { timeout: 60_000 });
   */
  async run(
    command: Command,
    options: RunOptions & { readonly encoding: 'buffer' },
  ): Promise<RunResult<Buffer>>;
  async run(
    command: Command,
    options?: RunOptions & { readonly encoding?: 'utf8' | undefined },
  ): Promise<RunResult>;
  async run(command: Command, options?: RunOptions): Promise<AnyRunResult> {
    return runToEnd(this.#executor, command, options);
  }

  /**
   * Runs a command and yields its output line by line as it comes. Leaving the loop early kills the
   * command; `result` tells how it ended.
   *
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT; the rest comes through the stream.
   * @example for await (const line of workspace.runStream('npm test')) process.stdout.write(line);
   */
  runStream(command: Command, options?: RunStreamOptions): RunStream {
    return streamCommand(this.#executor, command, options);
  }

  /**
   * Starts a command in the background. The handle has its output so far, can end it and wait for it.
   * Its changes are stored when it ends, as with `run`.
   *
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT; the rest comes through `wait`.
   * @example await using server = workspace.start('npm run dev');
   */
  start(command: Command, options?: StartOptions): BackgroundRun {
    return startInBackground(this.#executor, command, options);
  }

  /**
   * Sets the workspace up for several commands, which find each other's files, ignored or not,
   * without anything being captured in between. Until it is closed, other commands of the workspace
   * wait, and those of other processes are refused. When this process dies, what was not captured
   * at a checkpoint does not count.
   *
   * @throws {WorkspaceBusyError} when another process runs a command; {AgentFSError}
   *   SANDBOX_UNAVAILABLE, ABORTED, CLOSED; {StorageError}; {TypeError} {RangeError}.
   * @example await using session = await workspace.session();
   */
  async session(options?: SessionOptions): Promise<RunSession> {
    return openSession(this.#runHost, options);
  }

  /**
   * Takes what the project has and does not version, such as `node_modules`, as it is now: all of it,
   * or what `paths` name. Undo takes that back. `.git` is taken only where a path names it.
   *
   * @throws {AgentFSError} WORKSPACE_DIRTY when the workspace has changed something there itself,
   *   unless `force` is set; {WorkspaceBusyError} while a command runs in it.
   * @example await workspace.refresh(['node_modules']);
   */
  async refresh(paths?: readonly string[], options?: RefreshOptions): Promise<RefreshResult> {
    return refreshIgnored(this.core, this.#host.strategies(), paths, options);
  }

  /**
   * Takes edits that were made by hand in the materialised directory into the workspace, brings the
   * directory up to date and returns its absolute path: for editors and tools that need real files.
   *
   * @throws {WorkspaceBusyError} while a command runs in it.
   */
  async materialize(options?: MaterializeOptions): Promise<string> {
    return materialize(this.core, this.#host.strategies(), options);
  }

  /**
   * The changes from now on, as they happen: through this AgentFS or, with `processes: 'all'`, any,
   * and by anybody in the materialised directory.
   *
   * @example for await (const { type, path } of workspace.watch()) console.log(type, path);
   */
  watch(options?: WatchOptions): WorkspaceWatch {
    return new WorkspaceWatch(this.core, options);
  }

  /**
   * What has changed since the fork, and how the base has moved. Costs what has changed.
   *
   * @throws {WorkspaceNotFoundError} when it was deleted.
   */
  async status(options?: StatusOptions): Promise<WorkspaceStatus> {
    return workspaceStatus(this.core, options);
  }

  /**
   * What has changed since the fork, or compared with another tree, as a patch for `git apply` and
   * as a list.
   *
   * @throws {SnapshotNotFoundError} when `against` names nothing; {AgentFSError} INVALID_PATTERN.
   * @example console.log((await workspace.diff({ against: 'before-refactor' })).text);
   */
  async diff(options?: WorkspaceDiffOptions): Promise<DiffResult> {
    return workspaceDiff(this.core, options);
  }

  /**
   * Brings the changes home to the base directory: all of them or none, merged with what has
   * changed there meanwhile, never overwriting an edit. Survives a power cut once it resolves.
   *
   * @throws {CommitError} CONFLICT (with `conflicts`), NOTHING_TO_COMMIT, BLANK_MESSAGE,
   *   OUTSIDE_SYMLINK, NAME_COLLISION: base and workspace are as they were.
   * @throws {WorkspaceBusyError} {ReadOnlyError} {HookError} {StorageError}; {AgentFSError}
   *   BASE_READ_ONLY, ABORTED.
   * @example await workspace.commit('Implement feature X', { include: ['src/**'] });
   */
  async commit(
    message: string,
    options: CommitOptions & { readonly dryRun: true },
  ): Promise<CommitPreview>;
  async commit(message: string, options?: CommitOptions): Promise<CommitOutcome>;
  async commit(message: string, options?: CommitOptions): Promise<CommitOutcome | CommitPreview> {
    const request = checkCommit(this.core.engine, message, options);
    const isDryRun = checkBoolean('dryRun', options?.dryRun) ?? false;
    return this.#announcingConflicts(async () => {
      if (isDryRun) return previewCommit(this.core, request);
      await this.#host.before('commit', { workspace: this, message });
      const result = await commitWorkspace(this.core, request);
      this.#tell({ kind: 'commit', message, result });
      const warnings = await this.#host.syncOf(this.core).pushAfterCommit();
      return { ...result, warnings: [...result.warnings, ...warnings] };
    });
  }

  /**
   * Brings what has changed in the base since the fork into the workspace.
   *
   * @throws {MergeConflictError} MERGE_CONFLICT: the workspace is as it was.
   */
  async rebase(options?: RebaseOptions): Promise<MergeResult> {
    return this.#announcingConflicts(() => rebaseWorkspace(this.core, options, prepareContents));
  }

  /** The commits into the base, newest first, of all workspaces. */
  async log(options?: LogOptions): Promise<CommitResult[]> {
    return listCommits(this.core.engine, options);
  }

  /** Takes a commit back in the base; as `AgentFS.revert`. */
  async revert(commitId: string, options?: RevertOptions): Promise<CommitOutcome> {
    return revertCommit(this.core.engine, commitId, options);
  }

  /**
   * Takes the newest operation back: a run, restore, batch, merge, rebase, commit (of the workspace,
   * not of the base), a directory's deletion or move, or the file changes made since.
   *
   * @throws {AgentFSError} NOTHING_TO_UNDO; {WorkspaceBusyError} when that would change ignored
   *   content, and a command is running.
   */
  async undo(): Promise<UndoResult> {
    return undo(this.core);
  }

  /** Makes what was undone last again. @throws {AgentFSError} NOTHING_TO_REDO */
  async redo(): Promise<UndoResult> {
    return redo(this.core);
  }

  /** The recorded operations, newest first; 100 unless `limit` says otherwise. */
  async history(options?: { limit?: number }): Promise<Operation[]> {
    return listOperations(this.core, options);
  }

  get #executor(): Executor {
    const host = this.#runHost;
    return {
      host,
      parse: (command, options) => parseRun(command, options, runDefaults(this.core)),
      execute: (request, onStart) => runCommand(host, request, onStart),
    };
  }

  get #runHost(): RunHost {
    const { before, strategies, env } = this.#host;
    return {
      core: this.core,
      strategies,
      env,
      beforeRun: (command) => before('run', { workspace: this, command }),
      afterRun: (result) => this.#tell({ kind: 'run', result }),
    };
  }

  async #announcingConflicts<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const conflicts = conflictsIn(error);
      if (conflicts.length > 0) this.#tell({ kind: 'conflict', conflicts });
      throw error;
    }
  }
}
