/** A workspace as its users see it. */

import type { ObjectId } from '../primitives/object-id.ts';
import type { FileChange } from '../snapshot/changes.ts';
import type { DiffResult } from '../snapshot/diff-result.ts';
import { CommitError, MergeConflictError } from '../snapshot/merge-errors.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import { commitWorkspace, previewCommit } from './commit.ts';
import { type CommitOptions, checkCommit } from './commit-options.ts';
import { type CommitResult, type LogOptions, listCommits } from './commit-result.ts';
import {
  type StatusOptions,
  type WorkspaceDiffOptions,
  type WorkspaceStatus,
  workspaceDiff,
  workspaceStatus,
} from './compare.ts';
import { checkBoolean, checkOptions } from './file-arguments.ts';
import type { Hooks } from './hooks.ts';
import { type MergeResult, type RebaseOptions, rebaseWorkspace } from './merge-workspaces.ts';
import { type RevertOptions, revertCommit } from './revert.ts';
import type { Subjects } from './subjects.ts';
import { AuditLog } from './workspace-audit.ts';
import type { WorkspaceCore } from './workspace-core.ts';
import { WorkspaceFiles } from './workspace-files.ts';
import {
  listOperations,
  type Operation,
  redo,
  type UndoResult,
  undo,
} from './workspace-history.ts';
import { checkUpdate, type WorkspaceUpdate } from './workspace-settings.ts';
import { WorkspaceSnapshots } from './workspace-snapshots.ts';

/**
 * A named, private, complete copy of the project, in which an agent may write and run anything.
 * Several handles on one workspace, also in several processes, always see the same state.
 *
 * @example const workspace = await afs.workspace.create('agent-1');
 */
export class Workspace extends WorkspaceFiles {
  /** Naming the state, and going back to it. */
  readonly snapshot: WorkspaceSnapshots;
  /** What has happened in this workspace. */
  readonly audit: AuditLog;
  readonly #hooks: Hooks<Subjects>;

  /** @internal */
  constructor(core: WorkspaceCore, hooks: Hooks<Subjects>) {
    super(core);
    this.#hooks = hooks;
    const { announcer } = core.engine;
    this.audit = new AuditLog(() => core.engine, core.number);
    this.snapshot = new WorkspaceSnapshots(core, {
      created: (snapshot) => announcer.emit('snapshotCreate', this, snapshot),
      restored: (result) => announcer.emit('snapshotRestore', this, result),
    });
  }

  /** Its name, unique among the workspaces of the base. */
  get name(): string {
    return this.#row.name;
  }

  /** Random, unique in the world; stays when the workspace is renamed. */
  get id(): string {
    return this.core.uuid;
  }

  /** What it is for; `''` when nobody said. */
  get description(): string {
    return this.#row.description;
  }

  get tags(): readonly string[] {
    return this.#row.tags;
  }

  /** The only agent that may change it; null for any. */
  get agentId(): string | null {
    return this.#row.agentId || null;
  }

  get owner(): string | null {
    return this.#row.owner || null;
  }

  get readOnly(): boolean {
    return this.#row.readOnly;
  }

  /** After this time it can only be read; null for never. */
  get expires(): Date | null {
    const { expiresAt } = this.#row;
    return expiresAt === null ? null : new Date(expiresAt);
  }

  /** Name of the workspace that it was forked from; null when from the base. */
  get parent(): string | null {
    return this.#row.parent;
  }

  get state(): 'active' | 'frozen' | 'archived' {
    const { state } = this.#row;
    return state === 'frozen' || state === 'archived' ? state : 'active';
  }

  get createdAt(): Date {
    return new Date(this.#row.createdAt);
  }

  /** When it was last changed. */
  get updatedAt(): Date {
    return new Date(this.#row.updatedAt);
  }

  /** The tree that it was forked from, to which status and diff compare. */
  get fork(): ObjectId {
    return this.#row.fork;
  }

  /** Absolute path of the directory in which its commands run, once there is one. */
  get workDir(): string {
    return this.core.workDirectory;
  }

  /**
   * Changes settings; those that are absent stay as they are.
   *
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT; {PermissionDeniedError} PERMISSION_DENIED.
   * @example await workspace.update({ readOnly: true, tags: ['done'] });
   */
  async update(settings: WorkspaceUpdate): Promise<void> {
    const update = checkUpdate(checkOptions(settings, 'settings'));
    this.core.working.change((draft) => {
      this.core.requireOwner(draft.row);
      Object.assign(draft.row, update);
      draft.touch();
      this.core.recordEvent(draft, 'config', { settings: Object.keys(update) });
    });
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
  ): Promise<FileChange[]>;
  async commit(message: string, options?: CommitOptions): Promise<CommitResult>;
  async commit(message: string, options?: CommitOptions): Promise<CommitResult | FileChange[]> {
    const request = checkCommit(this.core.engine, message, options);
    const isDryRun = checkBoolean('dryRun', options?.dryRun) ?? false;
    return this.#announcingConflicts(async () => {
      if (isDryRun) return previewCommit(this.core, request);
      await this.#hooks.runBefore('commit', { workspace: this, message });
      const result = await commitWorkspace(this.core, request);
      this.core.engine.announcer.emit('commit', this, message, result);
      return result;
    });
  }

  /**
   * Brings what has changed in the base since the fork into the workspace.
   *
   * @throws {MergeConflictError} MERGE_CONFLICT: the workspace is as it was.
   */
  async rebase(options?: RebaseOptions): Promise<MergeResult> {
    return this.#announcingConflicts(() => rebaseWorkspace(this.core, options));
  }

  /** The commits into the base, newest first, of all workspaces. */
  async log(options?: LogOptions): Promise<CommitResult[]> {
    return listCommits(this.core.engine, options);
  }

  /** Takes a commit back in the base; as `AgentFS.revert`. */
  async revert(commitId: string, options?: RevertOptions): Promise<CommitResult> {
    return revertCommit(this.core.engine, commitId, options);
  }

  /**
   * Takes the newest operation back: a run, restore, batch, merge, rebase, commit (of the workspace,
   * not of the base), a directory's deletion or move, or the file changes made since.
   *
   * @throws {AgentFSError} NOTHING_TO_UNDO.
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

  get #row(): WorkspaceRow {
    return this.core.working.row();
  }

  async #announcingConflicts<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const isConflict = error instanceof CommitError || error instanceof MergeConflictError;
      const conflicts = isConflict ? (error.conflicts ?? []) : [];
      if (conflicts.length > 0) this.core.engine.announcer.emit('conflict', this, conflicts);
      throw error;
    }
  }
}
