/** Databases for remotes, which go away with the test or the file that has asked for them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HranaServer, type HranaServerOptions } from './hrana-server/server.ts';
import { whenDone } from './when-done.ts';

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
