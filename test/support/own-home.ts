/**
 * Gives a run of the tests a configuration directory of its own: neither does what a developer has
 * configured count, nor do tests leave anything there.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-config-'));
  process.env['XDG_CONFIG_HOME'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
