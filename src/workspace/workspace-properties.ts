/** What a workspace is called, who it is for, and in what state it is. */

import { checkOptions } from '../primitives/arguments.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { SandboxProfile } from '../runner/isolation.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import { type RunLimits, runSettingsOf } from './commands/run-limits.ts';
import { OpenableFiles } from './node-fs/openable-files.ts';
import { checkUpdate, UPDATE_OPTIONS, type WorkspaceUpdate } from './workspace-settings.ts';

/**
 * The settings of a workspace, as they are now: each is read from the store when it is asked for. Of
 * a workspace that was deleted they are what they were, so that a list of them can be read to its end.
 */
export class WorkspaceProperties extends OpenableFiles {
  /** Its name, unique among the workspaces of the base. */
  get name(): string {
    return this.core.working.name;
  }

  /** Random, unique in the world; stays when the workspace is renamed. */
  get id(): string {
    return this.core.uuid;
  }

  /** What it is for; `''` if not given. */
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

  /** The isolation that its commands must have where a run does not say; null as configured. */
  get sandbox(): SandboxProfile | null {
    return runSettingsOf(this.core.engine, this.#row).sandbox ?? null;
  }

  /** The package managers whose caches its commands find, of those configured; null for all. */
  get caches(): readonly string[] | null {
    return this.#row.caches?.split(',').filter((name) => name !== '') ?? null;
  }

  /** Bounds of its commands where a run does not say. */
  get limits(): RunLimits {
    return runSettingsOf(this.core.engine, this.#row).limits;
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
    const update = checkUpdate(checkOptions(settings, UPDATE_OPTIONS, 'settings'));
    this.core.working.change((draft) => {
      this.core.requireOwner(draft.row);
      Object.assign(draft.row, update);
      draft.touch();
      this.core.engine.trust.signRunSettings(draft.row, update);
      this.core.recordEvent(draft, 'config', { settings: Object.keys(update) });
    });
  }

  get #row(): Readonly<WorkspaceRow> {
    return this.core.working.lastRow();
  }
}
