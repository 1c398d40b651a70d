/** What can be freed: in the store, and on the disk beside it. */

import { runInSlices } from '../disk/time-slices.ts';
import { type Collected, collectGarbage } from '../maintenance/collect.ts';
import { WorkspaceBusyError } from '../primitives/errors.ts';
import type { Engine } from './core/engine.ts';
import { type CollectedDirectories, collectDirectories } from './left-directories.ts';
import { retentionOf } from './storage.ts';

/** What `gc` has freed, or would free. */
export interface GarbageReport extends Collected, CollectedDirectories {
  /** Workspaces of explorations whose process has died. */
  readonly exploredWorkspaces: number;
  /** Bytes of the caches of package managers, if these were to go. */
  readonly cacheBytes: number;
}

/** What to free besides what nothing refers to. */
export interface GarbageOptions {
  /** Only says what would be freed. */
  readonly dryRun?: boolean | undefined;
  /** Also the caches of package managers; commands fetch what they need anew. */
  readonly caches?: boolean | undefined;
}

/** Frees what nothing refers to any more, and directories that are not needed. */
export async function collectAll(
  engine: Engine,
  dryRun: boolean,
  caches: boolean,
): Promise<Omit<GarbageReport, 'exploredWorkspaces'>> {
  const cacheBytes = caches ? await dropCaches(engine, dryRun) : 0;
  const retention = { ...retentionOf(engine), dryRun };
  const collected = await runInSlices(collectGarbage(engine.store, retention));
  return { ...collected, ...(await collectDirectories(engine, dryRun)), cacheBytes };
}

async function dropCaches({ store, caches, leases }: Engine, dryRun: boolean): Promise<number> {
  const usage = await runInSlices(caches.usage());
  if (!dryRun) {
    const busy = store.workspaces.list().find(({ uuid }) => leases.isHeld(`run:${uuid}`));
    if (busy !== undefined) {
      throw new WorkspaceBusyError(
        `A command in workspace '${busy.name}' may be using the caches of package managers.`,
        { hint: 'Wait until no command is running, or leave the caches alone.' },
      );
    }
    await caches.remove();
  }
  return usage.reduce((sum, { bytes }) => sum + bytes, 0);
}
