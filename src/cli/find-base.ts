/** Finds the project directory that a call is about. */

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from './exit-status.ts';

/** Where the project may be. */
export interface BaseSources {
  /** What `--base` says. */
  readonly option: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Its absolute path: the option, `AGENTFS_BASE`, the nearest directory with `.agentfs/`. */
export function findBase({ option, env, cwd }: BaseSources): string | undefined {
  const named = option ?? env['AGENTFS_BASE'];
  if (named !== undefined && named !== '') return resolve(cwd, named);
  for (let directory = cwd; ; directory = dirname(directory)) {
    if (isInitialised(directory)) return directory;
    if (directory === dirname(directory)) return undefined;
  }
}

/** Whether agentfs looks after this directory. */
export function isInitialised(directory: string): boolean {
  return existsSync(join(directory, '.agentfs'));
}

/**
 * Makes sure that agentfs is set up in a directory.
 *
 * @throws {UsageError} NOT_INITIALISED, or USAGE when there is no such directory.
 */
export function requireInitialised(directory: string): void {
  if (isInitialised(directory)) return;
  if (!existsSync(directory)) {
    throw new UsageError(`There is no directory ${directory}.`, 'Check --base and AGENTFS_BASE.');
  }
  throw new UsageError(
    `agentfs is not set up in ${directory}.`,
    'Set it up with agentfs init, or name another directory with --base.',
    'NOT_INITIALISED',
  );
}
