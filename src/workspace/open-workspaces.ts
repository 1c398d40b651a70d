/** The workspaces that an AgentFS has opened. */

import type { WorkspaceRow } from '../store/workspaces.ts';
import type { Engine } from './core/engine.ts';
import { WorkspaceCore } from './core/workspace-core.ts';
import type { ScheduledSync } from './sharing/scheduled-sync.ts';

/** As many may be open before it is looked after which of them are gone. */
const FEW = 64;

/** One core for all handles on a workspace, and what synchronises it, for as long as it exists. */
export class OpenWorkspaces {
  readonly #synchronise: (core: WorkspaceCore) => ScheduledSync;
  readonly #open = new Map<
    number,
    { readonly core: WorkspaceCore; readonly sync: ScheduledSync }
  >();
  /** A handle may outlive its workspace. */
  readonly #syncs = new WeakMap<WorkspaceCore, ScheduledSync>();
  #most = FEW;

  /** @param synchronise - called once with each. */
  constructor(synchronise: (core: WorkspaceCore) => ScheduledSync) {
    this.#synchronise = synchronise;
  }

  /** The core of a workspace. */
  coreOf(engine: Engine, row: WorkspaceRow): WorkspaceCore {
    const known = this.#open.get(row.number);
    if (known !== undefined) return known.core;
    if (this.#open.size >= this.#most) this.#forgetGone();
    const core = new WorkspaceCore(engine, row);
    const sync = this.#synchronise(core);
    this.#syncs.set(core, sync);
    this.#open.set(core.number, { core, sync });
    return core;
  }

  /** What synchronises a workspace. */
  syncOf(core: WorkspaceCore): ScheduledSync {
    const sync = this.#syncs.get(core);
    if (sync === undefined) throw new Error(`Nothing synchronises workspace ${core.uuid}.`);
    return sync;
  }

  /** Begins to synchronise those that were not trusted before. */
  resume(): void {
    for (const { sync } of this.#open.values()) sync.resume();
  }

  /** Ends all syncs. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ sync }) => sync.close()));
  }

  /** Whoever has deleted them, maybe another process. Each is looked at once in a while at most. */
  #forgetGone(): void {
    for (const [number, { core, sync }] of this.#open) {
      if (core.exists()) continue;
      this.#open.delete(number);
      void sync.stop();
    }
    this.#most = Math.max(FEW, 2 * this.#open.size);
  }
}
