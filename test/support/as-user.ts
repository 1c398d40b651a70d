/** The program `agentfs` as an ordinary user who has nothing but its files, for tests that root runs. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CallResult, collect } from './cli.ts';
import { bundledProgram } from './compiled.ts';
import { TestProject } from './test-project.ts';

/** Their number. */
export const USER = 65534;

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Packages that only work on the sources. */
const NOT_NEEDED = /node_modules\/(?:\.cache|typescript|@typescript|@biomejs|vitest|@oxc|knip)/;

/** A copy of the program where everybody may look; ends with the tests of the file. */
export async function programForAll(): Promise<string> {
  const place = new TestProject();
  const program = await bundledProgram();
  const root = dirname(dirname(dirname(program)));
  for (const name of ['bundle', 'package.json']) {
    cpSync(join(root, name), place.path(name), { recursive: true });
  }
  cpSync(join(PROJECT, 'node_modules'), place.path('node_modules'), {
    recursive: true,
    filter: (path) => !NOT_NEEDED.test(path),
  });
  spawnSync('chmod', ['-R', 'a+rX', place.dir]);
  return place.path('bundle/cli/main.js');
}

/** Gives a directory and all in it to that user. */
export function giveToUser(...directories: readonly string[]): void {
  spawnSync('chown', ['-hR', `${USER}:${USER}`, ...directories]);
}

/** Calls the program as that user. */
export async function callAsUser(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<CallResult> {
  const ids = ['--reuid', String(USER), '--regid', String(USER), '--clear-groups'];
  const child = spawn('setpriv', [...ids, process.execPath, program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [status] = await once(child, 'close');
  return { status, stdout: stdout.join(''), stderr: stderr.join('') };
}
