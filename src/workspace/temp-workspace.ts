/** A workspace with a lifetime. */

import type { WorkspaceCore } from './core/workspace-core.ts';
import { Workspace } from './workspace.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/**
 * A workspace that is deleted when it is disposed of, also after an error in the block.
 *
 * @example await using workspace = await afs.workspace.temp('task');
 */
export class TempWorkspace extends Workspace {
  readonly #remove: () => Promise<void>;

  /** @internal */
  constructor(core: WorkspaceCore, host: WorkspaceHost<Workspace>, remove: () => Promise<void>) {
    super(core, host);
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
