/** `afs.workspace`: creating, finding, renaming, merging and deleting workspaces. */

import { randomBytes } from 'node:crypto';
import {
  checkBoolean,
  checkCount,
  checkOptions,
  checkSignal,
  checkText,
} from '../primitives/arguments.ts';
import { AgentFSError, WorkspaceExistsError, wrongType } from '../primitives/errors.ts';
import { compileGlobs } from '../primitives/glob.ts';
import { parseName } from '../primitives/name.ts';
import { layersPlace } from '../runner/layers/layers-place.ts';
import type { RunStrategy } from '../runner/strategy.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import { sameTrees } from '../tree/diff-trees.ts';
import { type PrepareOptions, prepareLater, prepareWorkspace } from './commands/prepare-ahead.ts';
import { checkMerge, checkNames, type MergeCheck } from './commits/check-merge.ts';
import {
  type MergeOptions,
  type MergeResult,
  mergeWorkspaces,
} from './commits/merge-workspaces.ts';
import type { Engine } from './core/engine.ts';
import { forkIgnored } from './core/fork-ignored.ts';
import type { WorkspaceCore } from './core/workspace-core.ts';
import {
  CREATE_OPTIONS,
  type CreateFromTarOptions,
  type CreateOptions,
  FILTER_OPTIONS,
  type WorkspaceFilter,
} from './create-options.ts';
import type { Events } from './events.ts';
import { type ArchiveSource, requireSource } from './files/tar-import.ts';
import { ownIgnoredPaths } from './history/ignored-paths.ts';
import { findWorkspace } from './history/references.ts';
import type { Hooks } from './hooks.ts';
import {
  beginWith,
  checkSource,
  fromTemplate,
  insertWorkspace,
  requireFree,
} from './new-workspace.ts';
import type { TempWorkspace } from './temp-workspace.ts';
import { type DeletedWorkspace, requireNothingUnsaved } from './unsaved-repository.ts';
import type { Workspace } from './workspace.ts';
import { type OriginOptions, withOrigin } from './workspace-origin.ts';
import { checkUpdate } from './workspace-settings.ts';

/** What the manager is given by the AgentFS that it belongs to. */
export interface ManagerContext {
  readonly engine: () => Engine;
  /** The one inside of a workspace, for all handles on it. */
  readonly coreOf: (row: WorkspaceRow) => WorkspaceCore;
  readonly handleOn: (core: WorkspaceCore) => Workspace;
  readonly temporaryOn: (core: WorkspaceCore, remove: () => Promise<void>) => TempWorkspace;
  readonly strategies: () => readonly RunStrategy[];
  readonly hooks: Hooks;
  readonly events: Events;
}

const DAY_MS = 86_400_000;

/** The workspaces of one base. */
export class WorkspaceManager {
  readonly #context: ManagerContext;

  /** @internal */
  constructor(context: ManagerContext) {
    this.#context = context;
  }

  /**
   * Makes a workspace: from the base as it is now, which is scanned for that, or, at once, from a
   * snapshot or another workspace.
   *
   * @throws {WorkspaceExistsError} {WorkspaceLimitError} {InvalidNameError} {HookError}.
   * @throws {SnapshotNotFoundError} {AmbiguousSnapshotError} {WorkspaceNotFoundError}.
   * @throws {SyncError} with `fromSync`, as `sync.enable()` and `sync.pull()`; nothing is left then.
   * @throws {WorkspaceBusyError} when somebody else commits to the base for over a minute.
   * @example const workspace = await afs.workspace.create('agent-1', { tags: ['bug-42'] });
   */
  async create(name: string, options?: CreateOptions): Promise<Workspace> {
    return this.#context.handleOn(await this.#create(name, options));
  }

  /**
   * Makes a workspace that holds what is in a tar archive, plain or with gzip, and nothing else, and
   * is compared to the base as it is now. Undoes what `workspace.exportTar()` does.
   *
   * @param source - the bytes, such as `createReadStream('project.tar.gz')`; read to the end.
   * @throws {ArchiveError} ARCHIVE_INVALID, ARCHIVE_REFUSED: there is no workspace then; what
   *   `source` throws; others as {@link create}.
   * @example await afs.workspace.importTar('from-ci', createReadStream('/tmp/project.tar'));
   */
  async importTar(
    name: string,
    source: ArchiveSource,
    options?: CreateFromTarOptions,
  ): Promise<Workspace> {
    const archive = requireSource(source);
    const given = { ...options, fromSnapshot: undefined, fromWorkspace: undefined };
    return this.#context.handleOn(await this.#create(name, { ...given, archive }));
  }

  /** The workspace called `name`. @throws {WorkspaceNotFoundError} {InvalidNameError} */
  async get(name: string): Promise<Workspace> {
    const row = findWorkspace(this.#context.engine(), name);
    return this.#context.handleOn(this.#context.coreOf(row));
  }

  /** Whether there is a workspace of this name. @throws {InvalidNameError} */
  async exists(name: string): Promise<boolean> {
    const checked = parseName('workspace', name);
    return this.#context.engine().store.workspaces.find(checked) !== undefined;
  }

  /** The workspaces that match, oldest first; archived ones only on demand. */
  async list(filter?: WorkspaceFilter): Promise<Workspace[]> {
    const { name, tag, olderThanDays, includeArchived } = checkOptions(
      filter,
      FILTER_OPTIONS,
      'filter',
    );
    const matches = name === undefined ? undefined : compileGlobs([name], 'name');
    const wantedTag = checkText('tag', tag);
    const days = checkCount('olderThanDays', olderThanDays);
    const withArchived = checkBoolean('includeArchived', includeArchived) ?? false;
    const { store, clock } = this.#context.engine();
    const latest = days === undefined ? Number.POSITIVE_INFINITY : clock.now() - days * DAY_MS;
    const rows = store.workspaces.list().filter((row) => {
      if (row.state === 'archived' && !withArchived) return false;
      if (wantedTag !== undefined && !row.tags.includes(wantedTag)) return false;
      return row.updatedAt <= latest && (matches?.(row.name as never) ?? true);
    });
    return rows.map((row) => this.#context.handleOn(this.#context.coreOf(row)));
  }

  /** Gives a workspace another name. @throws {WorkspaceNotFoundError} {WorkspaceExistsError} */
  async rename(from: string, to: string): Promise<Workspace> {
    const engine = this.#context.engine();
    const name = parseName('workspace', to);
    const core = this.#context.coreOf(findWorkspace(engine, from));
    core.working.change((draft) => {
      core.requireOwner(draft.row);
      const other = engine.store.workspaces.find(name);
      if (other !== undefined && other.number !== core.number) throw new WorkspaceExistsError(name);
      core.recordEvent(draft, 'config', { name, from: draft.row.name });
      draft.row.name = name;
      draft.touch();
    });
    return this.#context.handleOn(core);
  }

  /**
   * Deletes a workspace with its snapshots, history and materialised directory. Forks of it keep
   * their trees; its audit log stays.
   *
   * @returns what went with it that was not versioned.
   * @param options - `force`: also when it has changes that are not in the base; default true.
   * @throws {WorkspaceNotFoundError} {PermissionDeniedError}; {WorkspaceBusyError} while a command
   *   runs in it; {AgentFSError} WORKSPACE_DIRTY without `force`.
   */
  async delete(name: string, options?: { force?: boolean }): Promise<DeletedWorkspace> {
    const engine = this.#context.engine();
    const force = checkBoolean('force', checkOptions(options, ['force']).force) ?? true;
    const core = this.#context.coreOf(findWorkspace(engine, name));
    const ignored = await engine.leases.hold(core.runLease, { waitMs: 0 }, async () => {
      if (!force) await requireNothingUnsaved(core);
      const own = ownIgnoredPaths(core);
      remove(core, force);
      const { work, layers } = engine;
      for (const place of [work.at(core.uuid), layersPlace(layers, core.uuid)])
        await place.remove();
      return own;
    });
    this.#context.events.emit('workspaceDelete', name);
    return { ignored };
  }

  /** Writes the files of a workspace out before its first command. @throws {WorkspaceBusyError} */
  async prepare(name: string, options?: PrepareOptions): Promise<void> {
    const core = this.#context.coreOf(findWorkspace(this.#context.engine(), name));
    await prepareWorkspace(core, this.#context.strategies(), options);
  }

  /**
   * Brings what `source` has changed since its fork into `target`.
   *
   * @throws {MergeConflictError} MERGE_CONFLICT with strategy `manual`: nothing has changed.
   * @throws {WorkspaceNotFoundError} {ReadOnlyError}; {AgentFSError} EINVAL for the same workspace.
   */
  async merge(source: string, target: string, options?: MergeOptions): Promise<MergeResult> {
    const engine = this.#context.engine();
    const from = this.#context.coreOf(findWorkspace(engine, source));
    const into = this.#context.coreOf(findWorkspace(engine, target));
    return mergeWorkspaces(from, into, options);
  }

  /**
   * Which of these workspaces contradict each other, and in which order all can land in the project
   * as it is now. Changes nothing.
   *
   * @throws {WorkspaceNotFoundError}; {RangeError} INVALID_ARGUMENT for no name.
   * @example const { clashes, order } = await afs.workspace.checkMerge(['agent-1', 'agent-2']);
   */
  async checkMerge(names: readonly string[], signal?: AbortSignal): Promise<MergeCheck> {
    const engine = this.#context.engine();
    const cores = checkNames(names).map((name) =>
      this.#context.coreOf(findWorkspace(engine, name)),
    );
    return checkMerge(cores, checkSignal(signal));
  }

  /**
   * A workspace that is deleted when it is disposed of. Its name is the prefix and a random part.
   *
   * @example await using workspace = await afs.workspace.temp('task');
   */
  async temp(prefix = 'temp', options?: CreateOptions): Promise<TempWorkspace> {
    if (typeof prefix !== 'string') throw wrongType('prefix', 'a string', prefix);
    const core = await this.#create(`${prefix}-${randomBytes(4).toString('hex')}`, options);
    return this.#context.temporaryOn(core, async () => {
      if (core.exists()) await this.delete(core.working.row().name);
    });
  }

  /** Calls `action` with a temporary workspace, which is deleted afterwards, also on errors. */
  async withTemp<T>(prefix: string, action: (workspace: TempWorkspace) => Promise<T>): Promise<T> {
    if (typeof action !== 'function') throw wrongType('action', 'a function', action);
    const workspace = await this.temp(prefix);
    try {
      return await action(workspace);
    } finally {
      await workspace.cleanup();
    }
  }

  async #create(
    name: string,
    options: (CreateOptions & OriginOptions) | undefined,
  ): Promise<WorkspaceCore> {
    const checked = parseName('workspace', name);
    const engine = this.#context.engine();
    const asked = checkOptions(options, CREATE_OPTIONS);
    const { commands, ...given } = fromTemplate(engine, asked);
    const settings = checkUpdate(given);
    const { fromSnapshot, fromWorkspace } = given;
    if (fromSnapshot !== undefined && fromWorkspace !== undefined) {
      throw wrongType('fromWorkspace', 'absent when fromSnapshot is given', fromWorkspace);
    }
    requireFree(engine, checked, settings.tags);
    await this.#context.hooks.runBefore('workspaceCreate', { name: checked });
    const source = checkSource(given.fromSync);
    // It has to be written to once before it is read-only.
    const isPlain = source === undefined && commands.length === 0;
    const first = isPlain ? settings : { ...settings, readOnly: false };
    const row = await withOrigin(engine, this.#context.coreOf, given, (origin) =>
      insertWorkspace(engine, { name: checked, settings: first, origin }),
    );
    const core = this.#context.coreOf(row);
    if (row.parent !== null) await forkIgnored(engine, row, this.#context.coreOf);
    if (row.parent === null) prepareLater(engine, this.#context.strategies, row.start);
    const workspace = this.#context.handleOn(core);
    const begin = { source, commands, signal: given.signal };
    try {
      await beginWith(workspace, begin);
      if (!isPlain && given.readOnly === true) await workspace.update({ readOnly: true });
    } catch (error) {
      await this.delete(checked);
      throw error;
    }
    this.#context.events.emit('workspaceCreate', workspace);
    return core;
  }
}

function remove(core: WorkspaceCore, force: boolean): void {
  core.working.change((draft) => {
    core.requireOwner(draft.row);
    const { row, store, trees } = draft;
    const root = draft.fold().id;
    if (!force && !sameTrees(trees, row.fork, root)) {
      throw new AgentFSError('WORKSPACE_DIRTY', `Workspace '${row.name}' has changes.`, {
        hint: 'Commit them, or delete with force (--force).',
      });
    }
    core.recordEvent(draft, 'workspace.delete', { name: row.name, root });
    store.forgetSnapshots(row.number);
    store.operations.deleteAll(row.number);
    store.stats.drop(row.number);
    store.forgetRemote(row.number);
    core.engine.trust.forgetRemote(row.uuid);
    row.state = 'deleted';
    draft.moveTo(row.fork);
  });
}
