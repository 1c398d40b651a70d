/** How a workspace synchronises: what users choose, and what holds where they choose nothing. */

import { compileSelection, type PathMatcher } from '../primitives/glob.ts';

/** When a workspace synchronises by itself. */
export type SyncMode = 'manual' | 'periodic' | 'real-time';

/**
 * What happens to a path that both sides have changed. Text is merged line by line, except for
 * `manual`. Where the sides contradict each other, the path waits for a decision (`merge`, the
 * default, and `manual`), or a side is taken: this one, the remote one, or the one with the later
 * change.
 */
export type SyncStrategy = 'manual' | 'local-wins' | 'remote-wins' | 'last-write-wins' | 'merge';

/** All modes. */
export const SYNC_MODES: readonly SyncMode[] = ['manual', 'periodic', 'real-time'];

/** All strategies. */
export const SYNC_STRATEGIES: readonly SyncStrategy[] = [
  'manual',
  'local-wins',
  'remote-wins',
  'last-write-wins',
  'merge',
];

/** A strategy by the names of the sides. */
export const STRATEGY_OF_SIDE: Readonly<Record<'ours' | 'theirs', SyncStrategy>> = {
  ours: 'local-wins',
  theirs: 'remote-wins',
};

/** The settings of one workspace. */
export interface SyncSettings {
  readonly mode: SyncMode;
  /** Seconds between two periodic syncs. */
  readonly interval: number;
  readonly conflictResolution: SyncStrategy;
  /** Globs of the paths that are synchronised; undefined for all. */
  readonly include: readonly string[] | undefined;
  /** Globs of those that are not. */
  readonly exclude: readonly string[] | undefined;
  /** Whether payloads are deflated. */
  readonly compression: boolean;
  /** Objects in one request. */
  readonly batchSize: number;
  /** Seconds before a request is given up. */
  readonly timeout: number;
}

/** The paths that are synchronised; undefined for all. */
export function selectionOf({ include, exclude }: SyncSettings): PathMatcher | undefined {
  if (include === undefined && exclude === undefined) return undefined;
  return compileSelection(include, exclude);
}
