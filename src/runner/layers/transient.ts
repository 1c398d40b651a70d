/** What processes that are gone have left of their transient directories. */

import type { Place } from '../../disk/place.ts';
import { ROOT } from '../../primitives/path.ts';
import { isAbandoned } from '../../primitives/transient-name.ts';

/** The transient directories in a directory whose processes are gone. */
export function abandonedIn(place: Place): Place[] {
  using directory = place.openIfThere();
  const names = directory?.list(ROOT) ?? [];
  return names.filter(isAbandoned).map((name) => place.at(name));
}

/**
 * Removes what processes that are gone have left in a directory.
 *
 * @param isKept - what another process can go on with.
 */
export async function removeAbandoned(
  place: Place,
  isKept: (left: Place) => boolean = () => false,
): Promise<void> {
  for (const each of abandonedIn(place)) if (!isKept(each)) await each.remove();
}
