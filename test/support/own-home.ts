/**
 * Gives a run of the tests a directory of its own. Its configuration is there: neither does what a
 * developer has configured count, nor do tests leave anything. Test files may share what lies in it.
 */

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A directory that every user may read, for as long as the tests run. */
    readonly shared: string;
  }
}

export function setup({ provide }: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-tests-'));
  chmodSync(directory, 0o755);
  const configuration = join(directory, 'config');
  mkdirSync(configuration, { mode: 0o700 });
  process.env['XDG_CONFIG_HOME'] = configuration;
  provide('shared', directory);
  return () => rmSync(directory, { recursive: true, force: true });
}
