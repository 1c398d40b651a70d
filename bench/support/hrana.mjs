/** The server of the tests, compiled, for measuring what goes over a wire. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
// Inside node_modules, so that the compiled files find the dependencies.
const TARGET = join(PROJECT, 'node_modules', '.cache', 'agentfs-bench');

/** Starts a server of the Hrana protocol on loopback, over a file. */
export async function startServer(file) {
  mkdirSync(TARGET, { recursive: true });
  writeFileSync(join(TARGET, 'package.json'), '{"type":"module"}');
  execFileSync(process.execPath, [
    join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc'),
    ...['--ignoreConfig', '--noCheck', '--rewriteRelativeImportExtensions'],
    ...['--module', 'nodenext', '--target', 'es2023', '--outDir', TARGET],
    join(PROJECT, 'test', 'support', 'hrana-server', 'server.ts'),
  ]);
  const { HranaServer } = await import(pathToFileURL(join(TARGET, 'server.js')).href);
  return HranaServer.start({ file });
}
