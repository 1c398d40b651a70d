/** What a command has done to content that is not versioned, told from its upper layer. */

import { isWithinAny } from '../../disk/path-set.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { IgnoredPath } from '../../disk/scan-result.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { errorCode } from '../../primitives/errors.ts';
import { isWithin, joinPath, type TreePath } from '../../primitives/path.ts';
import type { IgnoredView } from '../layers/ignored-view.ts';
import { measure } from '../layers/measure.ts';
import type { KeptChange } from '../layers/overlay-notes.ts';
import { isWhiteout } from '../layers/whiteouts.ts';
import type { IgnoredChanges } from '../strategy.ts';

/** What is looked at. */
export interface IgnoredSource {
  readonly upper: SafeDirectory;
  /** What the command saw, without other mounts in it. */
  readonly merged: SafeDirectory;
  /** What it found of ignored content. */
  readonly lower: IgnoredView;
}

/** What the walk over the upper layer has come upon. */
export interface WalkFindings {
  /** Paths that were removed, or where something else than a directory is now. */
  readonly hidden: readonly TreePath[];
  /** Directories that may have been replaced. */
  readonly replaced: readonly TreePath[];
}

/** Changes of ignored content, and what they amount to. */
export interface IgnoredFindings {
  readonly changes: readonly KeptChange[];
  readonly summary: IgnoredChanges;
}

/** Finds them. @param ignored - what the rules ignore of what is in the upper layer. */
export function* findIgnoredChanges(
  source: IgnoredSource,
  { hidden, replaced }: WalkFindings,
  ignored: readonly IgnoredPath[],
): Steps<IgnoredFindings> {
  const found = ignored.map(({ path }) => path);
  const moved = yield* changesWithin(source, found);
  const roots = new Set(found);
  const isNew = (path: TreePath): boolean => !isWithinAny(path, roots);
  const gone = new Set(
    hidden.filter((path) => isNew(path) && source.lower.find(path) !== undefined),
  );
  for (const directory of replaced.filter(isNew)) {
    for (const path of yield* goneBelow(source, directory, isNew)) gone.add(path);
  }
  const changes = [...moved, ...[...gone].map((path): KeptChange => ({ path, change: 'gone' }))];
  return { changes, summary: yield* summarise(source, changes, found) };
}

/** What has changed at or below paths that are ignored. */
function* changesWithin(
  { upper, lower, merged }: IgnoredSource,
  paths: readonly TreePath[],
): Steps<KeptChange[]> {
  const changes: KeptChange[] = [];
  const pending = [...paths];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stats = upper.find(path);
    yield 0;
    // Inside a directory that has not been touched itself, as when a rule came to be.
    if (stats === undefined) continue;
    if (isWhiteout(stats)) {
      if (lower.find(path) !== undefined) changes.push({ path, change: 'gone' });
      continue;
    }
    const names = stats.isDirectory() ? mergedNames({ upper, lower, merged }, path) : undefined;
    if (names === undefined) {
      changes.push({ path, change: 'moved' });
      continue;
    }
    if (lower.find(path)?.stats.mode !== stats.mode) changes.push({ path, change: 'mode' });
    pending.push(...[...names].map((name) => joinPath(path, name)));
  }
  return changes;
}

/**
 * The names in an upper directory that is laid over lower ones; undefined when it stands alone, or
 * has replaced them. The mark of the latter cannot be read by plain means; but a name that only the
 * lower ones have is seen in the first case and not in the second.
 */
function mergedNames(
  { upper, lower, merged }: IgnoredSource,
  path: TreePath,
): ReadonlySet<string> | undefined {
  const below = lower.names(path);
  const own = below && namesIn(upper, path);
  if (below === undefined || own === undefined) return undefined;
  for (const name of below) {
    if (!own.has(name)) return merged.find(joinPath(path, name)) === undefined ? undefined : own;
  }
  return own;
}

/** What was in a directory that is another now. */
function* goneBelow(
  { lower, merged }: IgnoredSource,
  directory: TreePath,
  isNew: (path: TreePath) => boolean,
): Steps<TreePath[]> {
  const gone: TreePath[] = [];
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const name of lower.names(next) ?? []) {
      const path = joinPath(next, name);
      const stats = merged.find(path);
      if (stats === undefined) gone.push(path);
      else if (stats.isDirectory() && isNew(path)) pending.push(path);
    }
    yield 0;
  }
  return gone;
}

/** What changes amount to. @param roots - the top-most paths that are ignored. */
export function* summarise(
  { upper }: Pick<IgnoredSource, 'upper'>,
  changes: readonly KeptChange[],
  roots: readonly TreePath[],
): Steps<IgnoredChanges> {
  let files = 0;
  let bytes = 0;
  const paths = new Set<TreePath>();
  const removed: TreePath[] = [];
  for (const { path, change } of changes) {
    const top = roots.find((root) => isWithin(path, root)) ?? path;
    paths.add(top);
    if (change === 'gone' && top === path) removed.push(path);
    const size = change === 'moved' ? yield* measure(upper, path) : { files: 1, bytes: 0 };
    files += size.files;
    bytes += size.bytes;
  }
  return { paths: [...paths].sort(), removed: removed.sort(), files, bytes };
}

/** The names in a directory; undefined where a command has shut it: then it is looked at as a whole. */
export function namesIn(directory: SafeDirectory, path: TreePath): ReadonlySet<string> | undefined {
  try {
    return new Set(directory.list(path));
  } catch (error) {
    if (errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
}
