/**
 * Runs the tests of sync against Turso's own server: fetches the npm package `turso`, which is no
 * dependency, into a temporary directory, and tells the tests where its `tursodb` is.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const VERSION = '0.6.0';

const directory = mkdtempSync(join(tmpdir(), 'agentfs-turso-'));
try {
  const options = ['--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--silent'];
  run('npm', ['install', ...options, `turso@${VERSION}`]);
  const env = { ...process.env, AGENTFS_TEST_TURSODB: findBinary() };
  run('npx', ['vitest', 'run', 'test/sync/real-servers.test.ts', '--reporter=verbose'], { env });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function findBinary() {
  const scope = join(directory, 'node_modules', '@tursodatabase');
  for (const name of readdirSync(scope)) {
    const file = readdirSync(join(scope, name)).find((each) => /^tursodb(\.exe)?$/.test(each));
    if (file !== undefined) return join(scope, name, file);
  }
  throw new Error(`turso ${VERSION} has no tursodb for this platform.`);
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}.`);
}
