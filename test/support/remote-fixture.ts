/** Databases for remotes, which go away with the test or the file that has asked for them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { HranaServer, type HranaServerOptions } from './hrana-server/server.ts';

const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Calls `action` after the test that runs, or after all tests of the file when none does. */
export function whenDone(action: () => unknown): void {
  try {
    onTestFinished(async () => {
      await action();
    });
  } catch {
    ends.push(action);
  }
}

/** The path of a database that is not there yet, in a directory of its own. */
export function temporaryDatabase(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-remote-'));
  whenDone(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'remote.db');
}

/** A server over such a database. */
export async function startServer(options: Partial<HranaServerOptions> = {}): Promise<HranaServer> {
  const server = await HranaServer.start({ file: temporaryDatabase(), ...options });
  whenDone(() => server.close());
  return server;
}
