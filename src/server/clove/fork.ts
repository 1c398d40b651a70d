/**
 * A fork of the kernel's workspace, for work that takes its time: a command that runs in a workspace
 * keeps all others of it waiting. What the work has changed is merged back when it is over.
 */

import { MergeConflictError, type Workspace } from '../../index.ts';
import { SERVE_TAG } from '../../store/workspaces.ts';
import type { Kernel } from './kernel.ts';

/** What has become of the changes in a fork. */
export interface Landed {
  /** The workspace that still has them; undefined when they were merged, or there were none. */
  readonly keptIn: string | undefined;
  /** The paths that were changed on both sides, each in its own way. */
  readonly conflicts: readonly string[];
}

/** A fork that is in use. */
export class Fork {
  readonly workspace: string;
  readonly #kernel: Kernel;
  readonly #lent: string[] = [];

  private constructor(kernel: Kernel, workspace: string) {
    this.#kernel = kernel;
    this.workspace = workspace;
  }

  /** @throws {AgentFSError} as creating a workspace does. */
  static async open(kernel: Kernel, name: string, description: string): Promise<Fork> {
    await kernel.files();
    const tags = ['clove', SERVE_TAG];
    const options = { fromWorkspace: kernel.workspace, description, tags };
    await kernel.project.afs.workspace.create(name, options);
    return new Fork(kernel, name);
  }

  /** Puts a file there that is not to be merged back; returns its path. */
  async lend(name: string, bytes: Uint8Array): Promise<string> {
    const path = `.clove-${name}`;
    await (await this.#files()).writeFile(path, bytes);
    this.#lent.push(path);
    return path;
  }

  /** Merges what has changed, and deletes the fork; contradictions stay in it, to be looked at. */
  async close(): Promise<Landed> {
    const { core, project, workspace: target, options } = this.#kernel;
    const files = await this.#files();
    for (const path of this.#lent) await files.delete(path, { force: true });
    if (options.isolate === true) {
      const { changes } = await files.diff({ against: target });
      if (changes.length > 0) return { keptIn: this.workspace, conflicts: [] };
    }
    try {
      await core.sessions.release(project, target);
      await project.afs.workspace.merge(this.workspace, target);
    } catch (error) {
      if (!(error instanceof MergeConflictError)) throw error;
      const conflicts = (error.conflicts ?? []).map(({ path }) => path);
      return { keptIn: this.workspace, conflicts };
    }
    await project.afs.workspace.delete(this.workspace);
    return { keptIn: undefined, conflicts: [] };
  }

  #files(): Promise<Workspace> {
    return this.#kernel.project.afs.workspace.get(this.workspace);
  }
}
