/** AgentFS, the entry point: opens a project and gives access to everything else. */

import { setMaxListeners } from 'node:events';
import type { Config } from './config/config.ts';
import type { AgentFSOptions } from './config/options.ts';
import { runInSlices } from './disk/time-slices.ts';
import { examineStore, type Finding } from './maintenance/doctor.ts';
import { type VerifyOptions, type VerifyReport, verifyStore } from './maintenance/verify.ts';
import { checkBoolean, checkOptions } from './primitives/arguments.ts';
import { silentLogger } from './primitives/logger.ts';
import type { RunStrategy } from './runner/strategy.ts';
import type { DiffResult } from './snapshot/diff-result.ts';
import { closedStore } from './store/driver-error.ts';
import type { WorkspaceRow } from './store/workspaces.ts';
import { type Adoption, adoptStore, findForeign, tellOfForeign } from './workspace/adopt.ts';
import { type Capabilities, describeCapabilities } from './workspace/commands/capabilities.ts';
import { runStrategies } from './workspace/commands/run-strategies.ts';
import { finishAllRuns } from './workspace/commands/unfinished-run.ts';
import {
  type CommitOutcome,
  type CommitResult,
  type LogOptions,
  listCommits,
} from './workspace/commits/commit-result.ts';
import { type RevertOptions, revertCommit } from './workspace/commits/revert.ts';
import {
  closeEngine,
  type Engine,
  type EngineOptions,
  openEngine,
} from './workspace/core/engine.ts';
import type { WorkspaceCore } from './workspace/core/workspace-core.ts';
import { type EventName, Events, type Listener } from './workspace/events.ts';
import { type Explore, exploring } from './workspace/exploring/exploring.ts';
import { collectAll, type GarbageOptions, type GarbageReport } from './workspace/garbage.ts';
import type { WorkspaceDiffOptions } from './workspace/history/compare.ts';
import { diffReferences } from './workspace/history/diff-references.ts';
import { AuditLog } from './workspace/history/workspace-audit.ts';
import { Hooks } from './workspace/hooks.ts';
import { examineHost } from './workspace/left-directories.ts';
import { OpenWorkspaces } from './workspace/open-workspaces.ts';
import { openingArguments } from './workspace/opening-arguments.ts';
import { ScheduledSync } from './workspace/sharing/scheduled-sync.ts';
import { Storage } from './workspace/storage.ts';
import { TempWorkspace } from './workspace/temp-workspace.ts';
import { Workspace } from './workspace/workspace.ts';
import type { WorkspaceHost } from './workspace/workspace-host.ts';
import { WorkspaceManager } from './workspace/workspace-manager.ts';

/**
 * The file system that agents work in, over one project directory.
 * @example
 * await using afs = new AgentFS('/path/to/project');
 * const workspace = await afs.workspace.create('agent-1');
 */
export class AgentFS {
  /** The workspaces of the project. */
  readonly workspace: WorkspaceManager;
  /** The same as `workspace`. */
  readonly workspaces: WorkspaceManager;
  /** Tries several ways at once, each in its own workspace, and keeps or commits the best. */
  readonly explore: Explore;
  /** Functions around operations. */
  readonly hooks: Hooks;
  /** What the store holds, and its size. */
  readonly storage: Storage;
  /** The audit log of all workspaces, deleted ones included, and of the project. */
  readonly audit: AuditLog;
  readonly #options: EngineOptions;
  readonly #events: Events;
  readonly #host: WorkspaceHost<Workspace>;
  readonly #open = new OpenWorkspaces((core) => this.#synchronise(core));
  #opened: Engine | undefined;
  #runStrategies: readonly RunStrategy[] | undefined;
  readonly #closing: AbortController = new AbortController();
  #closed = false;

  /**
   * Reads and writes nothing before the first use.
   * @param basePath - the project directory.
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT, {ConfigError} CONFIG_INVALID.
   */
  constructor(basePath: string, options?: AgentFSOptions | Config);
  constructor(options: { readonly basePath: string; readonly config?: AgentFSOptions | Config });
  constructor(
    base: string | { readonly basePath: string; readonly config?: AgentFSOptions | Config },
    options?: AgentFSOptions | Config,
  ) {
    const { basePath, settings, runtime } = openingArguments(base, options);
    this.#events = new Events(runtime.logger ?? silentLogger);
    const { env } = process;
    // Every watch of a workspace listens.
    setMaxListeners(0, this.#closing.signal);
    const given = { basePath, settings, runtime, closing: this.#closing.signal, env };
    this.#options = { ...given, announcer: this.#events };
    this.hooks = new Hooks(this.#events);
    this.storage = new Storage(() => this.#engine);
    this.audit = new AuditLog(() => this.#engine);
    this.#host = {
      before: (name, operation) => this.hooks.runBefore(name, operation),
      tell: (handle, event) => this.#events.tell(handle, event),
      strategies: () => this.#strategies(this.#engine),
      env,
      syncOf: (core) => this.#open.syncOf(core),
    };
    this.workspace = new WorkspaceManager({
      engine: () => this.#engine,
      coreOf: (row) => this.#coreOf(row),
      handleOn: (core) => new Workspace(core, this.#host),
      temporaryOn: (core, remove) => new TempWorkspace(core, this.#host, remove),
      strategies: this.#host.strategies,
      hooks: this.hooks,
      events: this.#events,
    });
    this.workspaces = this.workspace;
    this.explore = exploring(this.workspace, () => this.#engine);
  }

  /**
   * Opens the store of a project at once, removes what dead processes left, and stores changes of
   * commands that could not be stored before.
   * @throws {AgentFSError} BASE_NOT_FOUND, BASE_NOT_DIRECTORY, BASE_READ_ONLY.
   * @throws {StorageError} STORE_UNSAFE, STORE_FOREIGN, STORE_CORRUPT, SCHEMA_NEWER, STORE_READ_ONLY,
   *   DRIVER_MISSING; the file is left untouched. {ConfigError} CONFIG_INVALID.
   * @example await using afs = await AgentFS.open('/path/to/project');
   */
  static async open(basePath: string, options?: AgentFSOptions | Config): Promise<AgentFS> {
    const afs = new AgentFS(basePath, options);
    await afs.#finishRuns();
    return afs;
  }

  /** The effective configuration. */
  get config(): Config {
    return this.#engine.config;
  }

  /** Absolute path of the project, symbolic links resolved. */
  get basePath(): string {
    return this.#engine.basePath;
  }

  /** Whether the store was made by this user, or adopted: see {@link adopt}. */
  get isAdopted(): boolean {
    return this.#engine.trust.isOwnStore;
  }

  /** Adds a listener; one that throws never harms the operation. @throws {TypeError} {RangeError} */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): this {
    this.#events.on(name, listener);
    return this;
  }

  /** Adds a listener that hears of one event only; throws as {@link on}. */
  once<Name extends EventName>(name: Name, listener: Listener<Name>): this {
    this.#events.once(name, listener);
    return this;
  }

  /** Removes a listener. */
  off<Name extends EventName>(name: Name, listener: Listener<Name>): this {
    this.#events.off(name, listener);
    return this;
  }

  /** The commits to the project, newest first. */
  async log(options?: LogOptions): Promise<CommitResult[]> {
    return listCommits(this.#engine, options);
  }

  /**
   * Compares two trees: `base`, a workspace, `workspace/snapshot` or a commit.
   * @param options - `against`: the other tree; default the origin of the first.
   * @throws {SnapshotNotFoundError} {WorkspaceNotFoundError}; {AgentFSError} COMMIT_NOT_FOUND ...
   * @example console.log((await afs.diff('agent-1/done', { against: 'agent-2' })).text);
   */
  async diff(reference: string, options?: WorkspaceDiffOptions): Promise<DiffResult> {
    return diffReferences(this.#engine, reference, options);
  }

  /**
   * Undoes a commit in the project with a new commit that keeps later changes. The id may be
   * shortened to seven digits.
   * @throws {AgentFSError} COMMIT_NOT_FOUND; {CommitError} CONFLICT, NOTHING_TO_COMMIT.
   */
  async revert(commitId: string, options?: RevertOptions): Promise<CommitOutcome> {
    return revertCommit(this.#engine, commitId, options);
  }

  /**
   * Deletes what nothing refers to, what is past its retention, shared directories that runs have not
   * used for long, and what dead explorations left. Safe while others work.
   *
   * @throws {WorkspaceBusyError} with `caches` while a command runs.
   */
  async gc(options?: GarbageOptions): Promise<GarbageReport> {
    const given = checkOptions(options, ['dryRun', 'caches']);
    const dryRun = checkBoolean('dryRun', given.dryRun) ?? false;
    const caches = checkBoolean('caches', given.caches) ?? false;
    const engine = this.#engine;
    // What could not be stored until now may need what nothing else refers to.
    if (!dryRun) await this.#finishRuns();
    const exploredWorkspaces = await this.explore.dropAbandoned({ dryRun });
    return { ...(await collectAll(engine, dryRun, caches)), exploredWorkspaces };
  }

  /**
   * Checks the store: every object against its id, every tree, every reference, every audit chain.
   * @param options - `readData`: false leaves file content out, a number from 0 to 1 samples it.
   */
  async verify(options?: VerifyOptions): Promise<VerifyReport> {
    return runInSlices(verifyStore(this.#engine.store, checkOptions(options, ['readData'])));
  }

  /** Looks for problems, and says how to fix them. */
  async doctor(): Promise<Finding[]> {
    const engine = this.#engine;
    const host = await examineHost(engine, this.#strategies(engine));
    return [...examineStore(engine.store), ...host];
  }

  /**
   * Trusts a store that came with the project. Until then its remotes, hook scripts, interrupted
   * commits and anything that would loosen a sandbox are switched off.
   * @param options - `dryRun`: only lists what there is.
   * @throws {StorageError} STORE_CORRUPT; {WorkspaceBusyError} WORKSPACE_BUSY.
   */
  async adopt(options?: { dryRun?: boolean }): Promise<Adoption> {
    const isDry = checkBoolean('dryRun', checkOptions(options, ['dryRun']).dryRun) ?? false;
    if (isDry) return findForeign(this.#engine);
    const adopted = await adoptStore(this.#engine);
    this.#open.resume();
    return adopted;
  }

  /** The ways to run commands and the sandbox profiles that this host offers, with reasons. */
  async capabilities(): Promise<Capabilities> {
    return describeCapabilities(this.#strategies(this.#engine));
  }

  /**
   * Waits for the commands and commits that are under way, writes everything out and closes the
   * store. Harmless when it is closed.
   * @throws {WorkspaceBusyError} WORKSPACE_BUSY in a hook that one of those waits for.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#open.close();
    await this.#opened?.leases.close();
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    if (this.#opened !== undefined) closeEngine(this.#opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #engine(): Engine {
    if (this.#closed) throw closedStore(undefined);
    if (this.#opened === undefined) {
      this.#opened = openEngine(this.#options);
      tellOfForeign(this.#opened);
    }
    return this.#opened;
  }

  async #finishRuns(): Promise<void> {
    const engine = this.#engine;
    await finishAllRuns(engine, this.#strategies(engine), (row) => this.#coreOf(row));
  }

  #strategies(engine: Engine): readonly RunStrategy[] {
    this.#runStrategies ??= runStrategies(engine);
    return this.#runStrategies;
  }

  #coreOf(row: WorkspaceRow): WorkspaceCore {
    return this.#open.coreOf(this.#engine, row);
  }

  #synchronise(core: WorkspaceCore): ScheduledSync {
    const handle = (): Workspace => new Workspace(core, this.#host);
    core.listen((changes) => this.#events.tell(handle, { kind: 'change', changes }));
    return new ScheduledSync(core, {
      before: (direction) => this.hooks.runBefore('sync', { workspace: handle(), direction }),
      tell: (event) => this.#events.tell(handle, event),
    });
  }
}
