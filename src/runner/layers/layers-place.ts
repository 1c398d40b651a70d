/**
 * Where the layers of workspaces are kept: beside the store, unless that is on an overlay itself, as
 * in most containers. The kernel takes no overlay for an upper layer, so they go to another file
 * system of this host then.
 */

import { lstatSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Place } from '../../disk/place.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import { contentId } from '../../primitives/object-id.ts';
import { parsePath } from '../../primitives/path.ts';

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
      return new Place(root, parsePath(contentId(Buffer.from(work.path))));
    }
  }
  return work;
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
