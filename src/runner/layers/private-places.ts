/** Where a workspace's own version of an ignored path is, between commands. */

import type { Place } from '../../disk/place.ts';
import { isWithin, joinPath, pathParts, ROOT, type TreePath } from '../../primitives/path.ts';
import { KEPT, type OverlayLayers, UPPER } from './overlay-layers.ts';
import { isWhiteout } from './whiteouts.ts';

/** The places where the path may be, before the stock; `gone` when the workspace has removed it. */
export function privatePlaces(layers: OverlayLayers, path: TreePath): Place[] | 'gone' {
  const state = layers.read();
  if (state?.ignored === undefined) return [];
  // What the last command left is moved only when the next one comes.
  const change = state.captured?.ignored?.changes.find((each) => isWithin(path, each.path));
  if (change?.change === 'gone') return 'gone';
  const place = layers.place.at(change === undefined ? KEPT : UPPER);
  return change === undefined && isHidden(place, path) ? 'gone' : [place];
}

function isHidden(place: Place, path: TreePath): boolean {
  using layer = place.openIfThere();
  let above = ROOT;
  for (const name of pathParts(path)) {
    above = joinPath(above, name);
    const stats = layer?.find(above);
    if (stats === undefined) return false;
    if (isWhiteout(stats)) return true;
  }
  return false;
}
