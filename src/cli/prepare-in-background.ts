/** Has a new workspace prepared by a process of its own, since the program itself ends at once. */

import { startProgram } from '../primitives/start-program.ts';
import type { Call } from './call.ts';

/** Fewer files are written before anybody notices. */
const FEWEST_FILES = 500;

/**
 * Starts the process, which ends by itself, and for a command that needs the files earlier.
 *
 * @param name - of the workspace. @param files - how many the project has.
 */
export async function prepareInBackground(call: Call, name: string, files: number): Promise<void> {
  const afs = await call.open();
  if (call.program === undefined || files < FEWEST_FILES) return;
  if (!afs.config.get('runner.prepare')) return;
  const words = ['workspace', 'prepare', name, '--gives-way', '--base', afs.basePath];
  const child = startProgram(process.execPath, [...process.execArgv, call.program, ...words], {
    cwd: '/',
    detached: true,
    env: call.env,
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  // Without it the first command writes the files.
  child.on('error', () => undefined);
  child.unref();
}
