/**
 * Tests what stands between agentfs and the packages of others, on the real packages, which go into
 * folders that git ignores. What cannot be installed here is left out, and said. Expects that the
 * program is built.
 *
 * Usage: node scripts/test-doors.mjs [<name of a step> ...]
 */

import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const NPM_OPTIONS = [
  '--ignore-scripts',
  '--no-package-lock',
  '--no-audit',
  '--no-fund',
  '--silent',
];

/** What is done, in order; each by itself can be named as an argument. */
const STEPS = [
  {
    name: 'tools',
    // What is missing of these is left out by the tests themselves.
    install: [
      'sh',
      '-c',
      'python3 -m venv test/doors/node_modules/.python && test/doors/node_modules/.python/bin/pip install --quiet uv virtualenv',
    ],
    commands: [],
  },
  {
    name: 'adapters',
    // Some packages ask for a newer Node than they need.
    install: ['npm', 'install', '--prefix', 'test/doors', '--engine-strict=false', ...NPM_OPTIONS],
    commands: [
      ['npx', 'tsc', '-p', 'test/doors'],
      ['npx', 'vitest', 'run', '--config', 'vitest.doors.config.ts'],
    ],
  },
  { name: 'python', commands: [['node', 'scripts/test-python.mjs']] },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => STEPS.every((step) => step.name !== name));
if (unknown.length > 0) {
  process.stderr.write(`There is no step ${unknown.join(', ')}.\n`);
  process.exitCode = 2;
} else {
  for (const step of STEPS) if (wanted.length === 0 || wanted.includes(step.name)) runStep(step);
}

function runStep({ name, install, commands }) {
  if (install !== undefined && !succeeds(install)) {
    process.stdout.write(`skipped  ${name}: the packages cannot be installed here\n`);
    return;
  }
  if (!commands.every(succeeds)) process.exitCode = 1;
}

function succeeds([command, ...args]) {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status === 0;
}
