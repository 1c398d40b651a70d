/**
 * Where the layers of workspaces are kept: beside the store, unless that is on an overlay itself, as
 * in most containers. The kernel takes no overlay for an upper layer, so they go to another file
 * system of this host then.
 */

import { existsSync, lstatSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Place } from '../../disk/place.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import { MAX_NAME_BYTES } from '../../primitives/limits.ts';
import { contentId } from '../../primitives/object-id.ts';
import { joinPath, parsePath, ROOT } from '../../primitives/path.ts';

/** What statfs calls an overlay. */
const OVERLAY_TYPE = 0x794c7630;

/** Directories that may be on another file system; memory is the last resort. */
const ON_DISK = ['/var/tmp', '/tmp'];
const IN_MEMORY = '/dev/shm';

/** The layers of one workspace. */
export function layersPlace(layers: Place, uuid: string): Place {
  return layers.at(`${uuid}.overlay`);
}

/**
 * The directory of the layers of a store.
 *
 * @param work - where the directories of workspaces are kept.
 * @param runtimeDirectory - the user's own directory of this session, if there is one.
 */
export function layersRoot(work: Place, runtimeDirectory: string | undefined): Place {
  if (!isOnOverlay(work.path)) return work;
  const own = runtimeDirectory === undefined ? [] : [runtimeDirectory];
  const candidates = [...ON_DISK, ...own, IN_MEMORY];
  for (const directory of candidates) {
    const root = join(directory, `agentfs-${process.geteuid?.() ?? 0}`);
    if (!isOnOverlay(directory) && makeOwn(root)) {
      return new Place(root, parsePath(nameFor(work.path)));
    }
  }
  return work;
}

/**
 * Layers that were put elsewhere for stores that are not there any more, and that nobody has used
 * since a time: another container that shares the directory may still have the store.
 *
 * @param layers - of an open store, beside those of others.
 * @param work - where the directories of its workspaces are kept.
 * @param before - in milliseconds since 1970.
 */
export function forgottenLayers(layers: Place, work: Place, before: number): Place[] {
  if (layers.path === work.path) return [];
  const root = new Place(dirname(layers.path));
  using all = root.openIfThere();
  return (all?.list(ROOT) ?? [])
    .map((name) => root.at(name))
    .filter((place) => {
      const store = pathFrom(place.name);
      return store !== undefined && !existsSync(store) && lastUse(place) < before;
    });
}

/** Where layers go: says whose they are, unless that is too long for a name. */
function nameFor(work: string): string {
  const name = encodeURIComponent(work);
  return name.length > MAX_NAME_BYTES ? contentId(Buffer.from(work)) : name;
}

function pathFrom(name: string): string | undefined {
  try {
    const path = decodeURIComponent(name);
    return isAbsolute(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Each run makes and removes something in the directory of its layers. */
function lastUse(place: Place): number {
  using all = place.openIfThere();
  const paths = [ROOT, ...(all?.list(ROOT) ?? []).map((name) => joinPath(ROOT, name))];
  return Math.max(...paths.map((path) => all?.find(path)?.mtimeMs ?? 0));
}

/** Whether the file system of a path is an overlay, or will be, where nothing is there yet. */
export function isOnOverlay(path: string): boolean {
  try {
    return statfsSync(path).type === OVERLAY_TYPE;
  } catch (error) {
    return errorCode(error) === 'ENOENT' && path !== dirname(path) && isOnOverlay(dirname(path));
  }
}

/** Makes a directory for us alone; false where that is not to be had, as others may have been faster. */
function makeOwn(path: string): boolean {
  try {
    mkdirSync(path, { mode: OWNER_ALL });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return false;
  }
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true || stats.uid !== process.geteuid?.()) return false;
  return (stats.mode & 0o777) === OWNER_ALL;
}
