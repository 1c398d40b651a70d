/** A directory that the walk of a scan is in. */

import { joinPath, pathParts, ROOT, type TreePath } from '../primitives/path.ts';
import type { ScanLedger } from './scan-result.ts';
import type { StatIndex } from './stat-index.ts';

/** Such a directory; an explicit stack of them, since trees can be deeper than ours. */
export interface Frame {
  readonly path: TreePath;
  readonly address: string;
  readonly names: readonly string[];
  next: number;
  /** What is needed at the end to tell what a new directory is. */
  readonly unknown: NewDirectory | undefined;
}

/** A directory that the index does not know. */
export interface NewDirectory {
  readonly mode: number;
  readonly mtimeMs: number;
  /** How many ignored paths, and paths that are versioned, were found before it. */
  readonly ignoredBefore: number;
  readonly foundBefore: number;
}

/** Decides about a new directory: as with git, one in which everything is ignored is so itself. */
export function leaveFrame({ path, unknown }: Frame, ledger: ScanLedger): void {
  if (unknown === undefined) return;
  const { mode, mtimeMs, ignoredBefore, foundBefore } = unknown;
  if (ledger.found === foundBefore && ledger.ignoredCount > ignoredBefore) {
    ledger.bare(path, ignoredBefore);
  } else {
    ledger.directory(path, mode, mtimeMs);
  }
}

/** The first directory on the way to a path that the index does not know, or else the path. */
export function firstUnknown(index: StatIndex, path: TreePath): TreePath {
  let above = ROOT;
  for (const name of pathParts(path)) {
    above = joinPath(above, name);
    if (!index.has(above)) return above;
  }
  return path;
}
