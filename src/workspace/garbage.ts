/** What can be freed: in the store, and on the disk beside it. */

import { runInSlices } from '../disk/time-slices.ts';
import { type Collected, collectGarbage } from '../maintenance/collect.ts';
import type { Engine } from './core/engine.ts';
import { type CollectedDirectories, collectDirectories } from './left-directories.ts';
import { retentionOf } from './storage.ts';

/** What `gc` has freed, or would free. */
export interface GarbageReport extends Collected, CollectedDirectories {
  /** Workspaces of explorations whose process has died. */
  readonly exploredWorkspaces: number;
}

/** Frees what nothing refers to any more, and directories that are not needed. */
export async function collectAll(
  engine: Engine,
  dryRun: boolean,
): Promise<Omit<GarbageReport, 'exploredWorkspaces'>> {
  const retention = { ...retentionOf(engine), dryRun };
  const collected = await runInSlices(collectGarbage(engine.store, retention));
  return { ...collected, ...(await collectDirectories(engine, dryRun)) };
}
