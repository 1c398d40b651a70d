/** A directory of the host that confined commands can read, unlike those for temporary files. */

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const place = fileURLToPath(new URL('../../node_modules/.cache/agentfs-visible', import.meta.url));

/** Makes it, and gives its absolute path. */
export function visiblePlace(): string {
  mkdirSync(place, { recursive: true });
  return place;
}
