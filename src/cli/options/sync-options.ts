/** How a workspace is to sync. */

import type { SyncConfig } from '../../index.ts';
import { BOOLEAN, type OptionRow, oneOf, REPEATED } from './parameters.ts';
import { COUNT, span } from './quantities.ts';

/** The options as they are read. */
export interface SyncFlags {
  readonly mode?: 'manual' | 'periodic' | 'real-time';
  readonly interval?: number;
  readonly conflictResolution?: NonNullable<SyncConfig['conflictResolution']>;
  readonly compression?: 'true' | 'false';
  readonly timeout?: number;
  readonly batchSize?: number;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** What the configuration calls the two sides. */
const SIDES = {
  ours: 'local-wins',
  theirs: 'remote-wins',
  'local-wins': 'local-wins',
  'remote-wins': 'remote-wins',
};

/** The options. */
export const SYNC_OPTIONS: readonly OptionRow[] = [
  [
    '--mode <mode>',
    'when to sync, while a program has the workspace open',
    oneOf(['manual', 'periodic', 'real-time']),
  ],
  ['--interval <span>', 'time between periodic syncs: 300 (seconds), 5m', span('s')],
  [
    '--conflict-resolution <strategy>',
    'what to do when both sides changed a path; ours is the workspace',
    oneOf(['manual', 'ours', 'theirs', 'last-write-wins', 'merge'], SIDES),
  ],
  ['--compression <bool>', 'compress what is sent', BOOLEAN],
  ['--timeout <span>', 'time limit of a request: 30 (seconds), 1m', span('s')],
  ['--batch-size <count>', 'objects per request', COUNT],
  ['--include <glob>', "sync only these paths; '' for all; may be repeated", REPEATED],
  ['--exclude <glob>', "do not sync these paths; '' for none; may be repeated", REPEATED],
];

/** What the options say, for the library. */
export function syncConfigOf(flags: SyncFlags): SyncConfig {
  const { mode, interval, conflictResolution, compression, timeout, batchSize } = flags;
  return {
    ...{ mode, conflictResolution, batchSize },
    interval: secondsOf(interval),
    timeout: secondsOf(timeout),
    compression: compression === undefined ? undefined : compression === 'true',
    include: globsOf(flags.include),
    exclude: globsOf(flags.exclude),
  };
}

function secondsOf(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.ceil(milliseconds / 1000);
}

/** An empty glob takes a selection back. */
function globsOf(globs: readonly string[] | undefined): readonly string[] | null | undefined {
  return globs?.every((glob) => glob === '') ? null : globs;
}
