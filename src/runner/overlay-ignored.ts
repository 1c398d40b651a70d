/**
 * Ignored content under an overlay. Small things are copied into the layer of kept content, where a
 * command can remove and replace them; a large directory such as `node_modules` is mounted over the
 * base's own copy, which costs nothing, and its changes are kept in a layer of their own.
 */

import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { cloneIgnored } from '../disk/clone.ts';
import { removePath } from '../disk/remove-tree.ts';
import { SafeDirectory } from '../disk/safe-directory.ts';
import { runInSlices } from '../disk/time-slices.ts';
import { contentId } from '../primitives/object-id.ts';
import { isWithin, parentPath, type TreePath } from '../primitives/path.ts';
import {
  describeNotCopied,
  findIgnored,
  GIT_FILE_WARNING,
  type IgnoredItem,
  type IgnoredMode,
  type IgnoredSource,
} from './ignored-content.ts';
import type { IgnoredLayers, KeptChange, OverlayLayers } from './overlay-layers.ts';
import { isPlainPath } from './sandbox-mounts.ts';
import type { RunWarning } from './strategy.ts';

const OWNER_ALL = 0o700;

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
  const found = mode === 'omit' ? [] : await runInSlices(findIgnored(source), { signal });
  for (const item of found) {
    const { path, isRepository } = item;
    if (isRepository && !item.isDirectory) {
      warnings.push({ path, kind: 'git-file', message: GIT_FILE_WARNING });
    } else if (mode === 'link' && !isRepository) {
      linked.push(path);
    } else if (mounted.length < MAX_MOUNTS && isMountable(item, source.base.root, options)) {
      mounted.push(path);
    } else {
      warnings.push(...(await copy(source.base, layers, path, options)));
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
  for (const path of ignored.kept) {
    if (!stays(path)) await removeIfThere(join(layers.kept, path));
  }
  for (const path of ignored.mounted) {
    if (!stays(path)) await removeIfThere(dirname(layers.ignored(mountName(path)).upper));
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
  for (const { path, change } of changes) {
    const target = join(layers.kept, path);
    await removeIfThere(target);
    if (change === 'gone') {
      kept.delete(path);
      continue;
    }
    mkdirSync(dirname(target), { recursive: true, mode: OWNER_ALL });
    renameSync(join(layers.upper, path), target);
    if (![...kept, ...ignored.mounted].some((each) => isWithin(path, each))) kept.add(path);
  }
  return { ...ignored, kept: [...kept] };
}

async function removeIfThere(path: string): Promise<void> {
  if (existsSync(dirname(path))) await removePath(path);
}

/** The name of the directory with the layers of a mounted path. */
export function mountName(path: TreePath): string {
  return contentId(Buffer.from(path)).slice(0, 16);
}

function isMountable(
  { path, isDirectory }: IgnoredItem,
  base: string,
  { isMountedBelow }: ProvideOptions,
): boolean {
  if (!isDirectory || !isPlainPath(path)) return false;
  return !isMountedBelow(`${base}/${path}`) && !isSmall(`${base}/${path}`);
}

/** Stops at the first entry too many. */
function isSmall(root: string): boolean {
  const pending = [root];
  let entries = 0;
  let bytes = 0;
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const { address, stats } of entriesOf(directory)) {
      if (stats.isDirectory()) pending.push(address);
      else bytes += stats.size;
      if (++entries > SMALL_ENTRIES || bytes > SMALL_BYTES) return false;
    }
  }
  return true;
}

function* entriesOf(directory: string): Generator<{ address: string; stats: Stats }> {
  try {
    for (const name of readdirSync(directory)) {
      const address = join(directory, name);
      yield { address, stats: lstatSync(address) };
    }
  } catch {
    // The base is alive: what is gone or shut off by now has nothing to give.
  }
}

async function copy(
  base: SafeDirectory,
  layers: OverlayLayers,
  path: TreePath,
  { signal, onProgress }: ProvideOptions,
): Promise<RunWarning[]> {
  mkdirSync(dirname(join(layers.kept, path)), { recursive: true });
  using to = SafeDirectory.open(layers.kept);
  const { skipped } = await cloneIgnored({
    from: base,
    to,
    path,
    signal,
    onProgress: ({ files }) => onProgress?.(files),
  });
  return skipped.map(describeNotCopied);
}
