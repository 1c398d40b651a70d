/** Where the ignored content lies that commands in an overlay have made their own. */

import type { Place } from '../../disk/place.ts';
import { isWithin, ROOT, type TreePath } from '../../primitives/path.ts';
import { ignoredLayer, KEPT, type OverlayLayers, UPPER } from '../layers/overlay-layers.ts';
import { mountName } from './overlay-ignored.ts';

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
