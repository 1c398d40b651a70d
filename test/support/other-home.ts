/** What a user has with another home, and so with another secret: a stranger, or a new container. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Driver from 'better-sqlite3';
import type { TestProject } from './test-project.ts';
import { whenDone } from './when-done.ts';

/** A new directory of configuration files. */
export function newHome(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-other-home-')));
  whenDone(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Does something for which only the configuration in `home` counts. */
export async function inHome<T>(home: string, action: () => Promise<T>): Promise<T> {
  const before = process.env['XDG_CONFIG_HOME'];
  process.env['XDG_CONFIG_HOME'] = home;
  try {
    return await action();
  } finally {
    process.env['XDG_CONFIG_HOME'] = before;
  }
}

/** Changes a store by hand while it is closed. */
export function editStore(project: TestProject, ...statements: readonly string[]): void {
  const database = new Driver(project.path('.agentfs/agentfs.db'));
  try {
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}
