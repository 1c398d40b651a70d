/**
 * Ignored content under an overlay. Small things are copied into the layer of kept content, where a
 * command can remove and replace them; a large directory such as `node_modules` is mounted over the
 * base's own copy, which costs nothing, and its changes are kept in a layer of their own.
 */

import { closeSync, type Stats } from 'node:fs';
import { cloneIgnored } from '../../disk/clone.ts';
import type { Place } from '../../disk/place.ts';
import { removeTree } from '../../disk/remove-tree.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices, type Steps } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { contentId } from '../../primitives/object-id.ts';
import {
  isWithin,
  joinPath,
  parentPath,
  pathParts,
  ROOT,
  type TreePath,
} from '../../primitives/path.ts';
import {
  describeNotCopied,
  findIgnored,
  GIT_FILE_WARNING,
  type IgnoredItem,
  type IgnoredMode,
  type IgnoredSource,
} from '../directory/ignored-content.ts';
import { moveOut } from '../layers/move-out.ts';
import { ignoredLayer, KEPT, type OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import type { IgnoredLayers, KeptChange } from '../layers/overlay-notes.ts';
import { isPlainPath } from '../sandbox/sandbox-mounts.ts';
import type { RunWarning } from '../strategy.ts';

/** A directory with more entries, or larger files, is mounted. */
const SMALL_ENTRIES = 256;
const SMALL_BYTES = 8 * 1024 * 1024;

/** Each mount costs a run about half a millisecond. */
const MAX_MOUNTS = 24;

/** How ignored content is looked for. */
export interface ProvideOptions {
  readonly mode: IgnoredMode;
  /** Mount points of the host; nothing can be laid over a directory that has one in it. */
  readonly isMountedBelow: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((files: number) => void) | undefined;
}

/** Where the content was put, and what could not be. */
export interface ProvidedIgnored {
  readonly ignored: IgnoredLayers;
  readonly warnings: readonly RunWarning[];
}

/**
 * Finds the base's ignored content and decides where each part of it goes.
 *
 * @throws {AgentFSError} ABORTED, STORE_FULL.
 */
export async function provideLayers(
  source: IgnoredSource,
  layers: OverlayLayers,
  options: ProvideOptions,
): Promise<ProvidedIgnored> {
  const { mode, signal } = options;
  const kept: TreePath[] = [];
  const mounted: TreePath[] = [];
  const linked: TreePath[] = [];
  const warnings: RunWarning[] = [];
  using to = layers.enter(KEPT);
  const found = mode === 'omit' ? [] : await runInSlices(findIgnored(source), { signal });
  for (const item of found) {
    const { path, isRepository } = item;
    if (isRepository && !item.isDirectory) {
      warnings.push({ path, kind: 'git-file', message: GIT_FILE_WARNING });
    } else if (mode === 'link' && !isRepository) {
      linked.push(path);
    } else if (mounted.length < MAX_MOUNTS && isMountable(item, source.base, options)) {
      mounted.push(path);
    } else {
      warnings.push(...(await copy(source.base, to, path, options)));
      kept.push(path);
    }
  }
  return { ignored: { kept, mounted, linked }, warnings };
}

/**
 * Drops the content of places that the workspace has no directory for any more.
 *
 * @param isThere - whether the workspace has a directory at a path.
 */
export async function pruneKept(
  ignored: IgnoredLayers,
  layers: OverlayLayers,
  isThere: (directory: TreePath) => boolean,
): Promise<IgnoredLayers> {
  const stays = (path: TreePath): boolean => isThere(parentPath(path));
  using all = layers.open();
  for (const path of ignored.kept) {
    if (!stays(path)) await runInSlices(removeBelow(all, joinPath(KEPT, path)));
  }
  for (const path of ignored.mounted) {
    if (stays(path)) continue;
    await runInSlices(removeBelow(all, parentPath(ignoredLayer(mountName(path)).upper)));
  }
  return {
    kept: ignored.kept.filter(stays),
    mounted: ignored.mounted.filter(stays),
    linked: ignored.linked.filter(stays),
  };
}

/** Brings what a command has done to content that is not versioned into the kept layer. */
export async function keepChanges(
  ignored: IgnoredLayers,
  layers: OverlayLayers,
  changes: readonly KeptChange[],
): Promise<IgnoredLayers> {
  const kept = new Set(ignored.kept);
  using from = layers.enter(UPPER);
  using to = layers.enter(KEPT);
  for (const { path, change } of changes) {
    await runInSlices(removeBelow(to, path));
    if (change === 'gone') {
      kept.delete(path);
      continue;
    }
    await runInSlices(makeDirectories(to, parentPath(path)));
    moveOut(from, path, to);
    if (![...kept, ...ignored.mounted].some((each) => isWithin(path, each))) kept.add(path);
  }
  return { ...ignored, kept: [...kept] };
}

/** Removes what lies at a path; below a file or a link nothing does. */
function* removeBelow(root: SafeDirectory, path: TreePath): Steps<void> {
  if (root.find(path) !== undefined) yield* removeTree(root, path);
}

/**
 * Makes a directory and those above it. What an earlier command has left on the way, a link above
 * all, gives way: the command that is over saw a directory there.
 */
function* makeDirectories(root: SafeDirectory, path: TreePath): Steps<void> {
  let above = ROOT;
  for (const name of pathParts(path)) {
    above = joinPath(above, name);
    if (root.lstat(above)?.isDirectory() === true) continue;
    yield* removeTree(root, above);
    root.mkdir(above, OWNER_ALL);
  }
}

/**
 * Makes the places at which ignored directories of the base are mounted, which the workspace itself
 * does not have.
 *
 * @returns the same without what the base does not have at the moment.
 */
export async function makeMountPoints(
  ignored: IgnoredLayers,
  base: SafeDirectory,
  layers: SafeDirectory,
): Promise<IgnoredLayers> {
  using kept = layers.enter(KEPT);
  const kindOf = (path: TreePath): 'directory' | 'other' | undefined => {
    const stats = base.find(path);
    return stats && (stats.isDirectory() ? 'directory' : 'other');
  };
  const mounted = ignored.mounted.filter((path) => kindOf(path) === 'directory');
  const linked = ignored.linked.filter((path) => kindOf(path) !== undefined);
  for (const path of [...mounted, ...linked]) {
    if (kindOf(path) === 'directory') await runInSlices(makeDirectories(kept, path));
    else await runInSlices(makeEmptyFile(kept, path));
  }
  return { ...ignored, mounted, linked };
}

function* makeEmptyFile(root: SafeDirectory, path: TreePath): Steps<void> {
  yield* makeDirectories(root, parentPath(path));
  if (root.lstat(path)?.isFile() === true) return;
  yield* removeTree(root, path);
  closeSync(root.createExclusive(path, 0o600));
}

/** The name of the directory with the layers of a mounted path. */
export function mountName(path: TreePath): string {
  return contentId(Buffer.from(path)).slice(0, 16);
}

function isMountable(
  { path, isDirectory }: IgnoredItem,
  base: SafeDirectory,
  { isMountedBelow }: ProvideOptions,
): boolean {
  if (!isDirectory || !isPlainPath(path)) return false;
  return !isMountedBelow(`${base.root}/${path}`) && !isSmall(base, path);
}

/** Stops at the first entry too many. */
function isSmall(base: SafeDirectory, root: TreePath): boolean {
  const pending = [root];
  let entries = 0;
  let bytes = 0;
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const [path, stats] of entriesOf(base, directory)) {
      if (stats?.isDirectory() === true) pending.push(path);
      else bytes += stats?.size ?? 0;
      if (++entries > SMALL_ENTRIES || bytes > SMALL_BYTES) return false;
    }
  }
  return true;
}

function* entriesOf(
  base: SafeDirectory,
  directory: TreePath,
): Generator<[path: TreePath, stats: Stats | undefined]> {
  try {
    for (const name of base.list(directory)) {
      const path = joinPath(directory, name);
      yield [path, base.lstat(path)];
    }
  } catch {
    // The base is alive: what is gone or shut off by now has nothing to give.
  }
}

async function copy(
  from: SafeDirectory,
  to: SafeDirectory,
  path: TreePath,
  { signal, onProgress }: ProvideOptions,
): Promise<RunWarning[]> {
  to.makePath(parentPath(path), OWNER_ALL);
  const { skipped } = await cloneIgnored({
    ...{ from, to, path, signal },
    onProgress: ({ files }) => onProgress?.(files),
  });
  return skipped.map(describeNotCopied);
}

/** A directory, and the path to look for in it. */
export interface PrivatePlace {
  readonly place: Place;
  readonly path: TreePath;
}

/** The places where a workspace's own version of an ignored path may be, newest first. */
export function privatePlaces(layers: OverlayLayers, path: TreePath): PrivatePlace[] {
  const state = layers.read();
  if (state?.ignored === undefined) return [];
  const mount = state.ignored.mounted.find((each) => isWithin(path, each));
  if (mount !== undefined) {
    const below = path === mount ? ROOT : (path.slice(mount.length + 1) as TreePath);
    return [{ place: layers.place.at(ignoredLayer(mountName(mount)).upper), path: below }];
  }
  // What the last command left is moved only when the next one comes.
  const isMoved = state.captured?.kept.some(
    (each) => each.change === 'moved' && isWithin(path, each.path),
  );
  const kept = { place: layers.place.at(KEPT), path };
  return isMoved === true ? [{ place: layers.place.at(UPPER), path }, kept] : [kept];
}
