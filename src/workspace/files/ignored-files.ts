/**
 * Reading paths that are not versioned. The workspace's own copy, in the layers of its overlay or
 * in its materialised directory, comes before that of the base; nothing here writes, and no link is
 * followed out of either.
 */

import type { Stats } from 'node:fs';
import { followLinks } from '../../disk/follow-links.ts';
import { Place } from '../../disk/place.ts';
import { readBuffer } from '../../disk/read-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { kindOf } from '../../disk/stat-index.ts';
import type { Entry } from '../../primitives/entry.ts';
import { MAX_BUFFER_BYTES } from '../../primitives/limits.ts';
import {
  compareNames,
  joinPath,
  nameProblem,
  parsePath,
  type TreePath,
} from '../../primitives/path.ts';
import { layersPlace } from '../../runner/layers/layers-place.ts';
import { OverlayLayers } from '../../runner/layers/overlay-layers.ts';
import { privatePlaces } from '../../runner/layers/private-places.ts';
import type { Engine } from '../core/engine.ts';

/** An ignored path on disk. */
export interface IgnoredFile {
  readonly path: TreePath;
  /** The directory that it is in. */
  readonly place: Place;
  /** Where it is there, with links resolved. */
  readonly target: TreePath;
  readonly entry: Omit<Entry, 'id' | 'files'>;
}

/** Finds the ignored paths that a workspace sees. */
export class IgnoredFiles {
  readonly #engine: Engine;
  readonly #uuid: string;

  /** @param uuid - of the workspace. */
  constructor(engine: Engine, uuid: string) {
    this.#engine = engine;
    this.#uuid = uuid;
  }

  /** The ignored file, directory or link at `path`, or undefined when there is none. */
  find(path: TreePath): IgnoredFile | undefined {
    for (const place of this.#placesOf(path)) {
      const found = locate(place, path);
      if (found !== undefined && this.#isIgnored(path, found.entry.kind === 'directory')) {
        return { ...found, path };
      }
    }
    return undefined;
  }

  /** The bytes of an ignored file. @throws {FileSystemError} EFBIG, and when it is a file no more. */
  read(file: IgnoredFile): Buffer {
    const source = { path: file.path, open: () => openIgnored(file) };
    return readBuffer(source, MAX_BUFFER_BYTES);
  }

  /** What is in an ignored directory, in the order of the names. */
  list({ path, place, target }: IgnoredFile): IgnoredFile[] {
    using root = place.open();
    const names = root.list(target).sort(compareNames);
    return names.flatMap((name) => {
      if (nameProblem(name) !== undefined) return [];
      const at = joinPath(target, name);
      const entry = entryOf(root.find(at));
      return entry === undefined ? [] : [{ path: joinPath(path, name), place, target: at, entry }];
    });
  }

  /** The directories that the path may be in; the first that has it counts. */
  #placesOf(path: TreePath): Place[] {
    const { layers, signer, work, home, stocks, store } = this.#engine;
    const own = privatePlaces(new OverlayLayers(layersPlace(layers, this.#uuid), signer), path);
    if (own === 'gone') return [];
    const { stock = '' } = store.workspaces.list().find(({ uuid }) => uuid === this.#uuid) ?? {};
    const begun = stocks.has(stock) ? stocks.treeOf(stock) : new Place(home);
    return [...own, work.at(this.#uuid), begun];
  }

  #isIgnored(path: TreePath, isDirectory: boolean): boolean {
    return this.#engine.ignore.rulesFor(this.#engine.home).ignores(path, isDirectory);
  }
}

/** Opens an ignored file for reading; the caller closes it, after checking that it is one. */
export function openIgnored({ place, target }: IgnoredFile): number {
  using root = place.open();
  return root.openRead(target);
}

function locate(place: Place, path: TreePath): Omit<IgnoredFile, 'path'> | undefined {
  try {
    using root = place.openIfThere();
    return root && locateIn(root, place, path);
  } catch {
    // It may not be read, or leads where it must not: nothing to be seen here.
    return undefined;
  }
}

function locateIn(
  root: SafeDirectory,
  place: Place,
  path: TreePath,
): Omit<IgnoredFile, 'path'> | undefined {
  const target = followLinks(root, path);
  if (target === undefined) return undefined;
  // A link may lead to .git or .agentfs, which no path of a workspace names.
  parsePath(target);
  const entry = entryOf(root.lstat(target));
  return entry === undefined ? undefined : { place, target, entry };
}

function entryOf(stats: Stats | undefined): IgnoredFile['entry'] | undefined {
  const kind = stats === undefined ? undefined : kindOf(stats);
  if (stats === undefined || kind === undefined) return undefined;
  const { mode, mtimeMs, size } = stats;
  return { kind, mode: mode & 0o777, mtime: Math.trunc(mtimeMs), size };
}
