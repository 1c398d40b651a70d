/**
 * Makes sure that the dependencies are installed, before anything else runs: plain Node, nothing
 * imported. It installs only what is missing, so a second run costs a few milliseconds.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const DRIVER = 'better-sqlite3';
const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

requireNode();
const outdated = outdatedPackage();
if (outdated !== undefined) npm(`installing the dependencies (${outdated})`, ['ci']);
// The driver alone is mended in place: another Node version needs another binary, not other packages.
else if (driverProblem() !== undefined) npm(`building ${DRIVER}`, ['rebuild', DRIVER]);
requireDriver();

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail([`agentfs needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`]);
}

/** Why `npm ci` has to run, or undefined when every package of the lock file is installed. */
function outdatedPackage() {
  const wanted = readLock('package-lock.json');
  // npm writes this file last, so an interrupted installation has none.
  const installed = readLock('node_modules/.package-lock.json');
  if (installed === undefined) return 'there are none';
  for (const [path, { version, optional }] of Object.entries(wanted ?? {})) {
    // Optional packages are for other platforms; the empty path is this package itself.
    if (path === '' || optional || installed[path]?.version === version) continue;
    return `${path} is not at ${version}`;
  }
  return undefined;
}

function readLock(path) {
  const file = `${root}/${path}`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** Why the native SQLite driver cannot be loaded, or undefined when it can. */
function driverProblem() {
  try {
    const Database = require(DRIVER);
    new Database(':memory:').close();
    return undefined;
  } catch (error) {
    return String(error.message).split('\n', 1)[0];
  }
}

function npm(what, args) {
  process.stdout.write(`bootstrap: ${what}: npm ${args.join(' ')}\n`);
  const result = spawnSync('npm', [...args, '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  failInstallation(
    `npm ${args.join(' ')} failed${result.error ? `: ${result.error.message}` : ''}.`,
  );
}

function requireDriver() {
  const problem = driverProblem();
  if (problem !== undefined) failInstallation(`${DRIVER} cannot be loaded: ${problem}`);
}

function failInstallation(problem) {
  fail([
    problem,
    `Building ${DRIVER} takes Python 3, make and a C++ compiler, unless a prebuilt binary can be downloaded from github.com.`,
    `Mend it with: npm ci && npm rebuild ${DRIVER} (offline, with Node's headers in /usr: npm_config_nodedir=/usr npm rebuild ${DRIVER})`,
  ]);
}

function fail(lines) {
  process.stderr.write(`${lines.map((line) => `bootstrap: ${line}`).join('\n')}\n`);
  process.exit(1);
}
