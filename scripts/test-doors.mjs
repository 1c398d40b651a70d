/**
 * Tests what stands between agentfs and the packages of others, on the real packages: installs them
 * into folders of their own, which git ignores, and runs the tests there.
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
    name: 'adapters',
    commands: [
      // Some packages ask for a newer Node than they need.
      ['npm', 'install', '--prefix', 'test/doors', '--engine-strict=false', ...NPM_OPTIONS],
      ['npm', 'run', '--silent', 'build'],
      ['npx', 'tsc', '-p', 'test/doors'],
      ['npx', 'vitest', 'run', '--config', 'vitest.doors.config.ts'],
    ],
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => STEPS.every((step) => step.name !== name));
if (unknown.length > 0) {
  process.stderr.write(`There is no step ${unknown.join(', ')}.\n`);
  process.exitCode = 2;
} else {
  for (const { name, commands } of STEPS) {
    if (wanted.length === 0 || wanted.includes(name)) for (const each of commands) run(each);
  }
}

function run([command, ...args]) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
