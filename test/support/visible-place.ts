/** Directories of the host that confined commands can read, unlike those for temporary files. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whenDone } from './when-done.ts';

const place = fileURLToPath(new URL('../../node_modules/.cache/agentfs-visible', import.meta.url));

/** Makes it, and gives its absolute path. */
export function visiblePlace(): string {
  mkdirSync(place, { recursive: true });
  return place;
}

/** A directory that other users reach as well; gone when the test has finished. */
export function visibleDirectory(): string {
  const parent = process.getuid?.() === 0 ? '/srv' : visiblePlace();
  const directory = mkdtempSync(join(parent, '.agentfs-visible-'));
  whenDone(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  return directory;
}
