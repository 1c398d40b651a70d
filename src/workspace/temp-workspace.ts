/** A workspace with a lifetime. */

import type { Hooks } from './hooks.ts';
import type { Subjects } from './subjects.ts';
import { Workspace } from './workspace.ts';
import type { WorkspaceCore } from './workspace-core.ts';

/**
 * A workspace that is deleted when it is disposed of, also after an error in the block.
 *
 * @example await using workspace = await afs.workspace.temp('task');
 */
export class TempWorkspace extends Workspace {
  readonly #remove: () => Promise<void>;

  /** @internal */
  constructor(core: WorkspaceCore, hooks: Hooks<Subjects>, remove: () => Promise<void>) {
    super(core, hooks);
    this.#remove = remove;
  }

  /** Deletes the workspace; harmless when that has happened. */
  async cleanup(): Promise<void> {
    await this.#remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanup();
  }
}
