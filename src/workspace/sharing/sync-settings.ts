/** The settings of syncs that hold: a workspace's own, and what is configured where it has none. */

import type { SyncSettings } from '../../sync/settings.ts';
import type { Engine } from '../core/engine.ts';

/** The settings of a workspace. */
export function effectiveSettings(
  { config }: Engine,
  own: Readonly<Record<string, unknown>>,
): SyncSettings {
  // What is stored was checked when it was set.
  const set = own as Partial<SyncSettings>;
  return {
    mode: set.mode ?? config.get('sync.default_mode'),
    interval: set.interval ?? config.get('sync.periodic_interval'),
    conflictResolution: set.conflictResolution ?? config.get('sync.conflict_resolution'),
    include: set.include ?? undefined,
    exclude: set.exclude ?? undefined,
    compression: set.compression ?? true,
    batchSize: set.batchSize ?? config.get('sync.turso.advanced.batch_size'),
    timeout: set.timeout ?? config.get('network.timeout'),
  };
}
