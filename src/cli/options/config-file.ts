/** The one configuration file that a command changes: the user's, the project's, or a named one. */

import { existsSync } from 'node:fs';
import { Config } from '../../index.ts';
import type { Call } from '../call.ts';
import { requireAtMostOne, UsageError } from '../exit-status.ts';
import { requireInitialised } from '../find-base.ts';
import { configFile, configSources } from '../load-config.ts';
import type { OptionRow } from './parameters.ts';

/** Whose file a command means. */
export interface FileOption {
  readonly project?: boolean;
}

/** A configuration file with its own settings alone. */
export interface EditableFile {
  readonly path: string;
  readonly isProject: boolean;
  readonly config: Config;
}

/** `--project`. */
export const PROJECT: OptionRow = ['--project', "use the project's file instead of yours"];

/**
 * Reads the file that a command is to change; one that does not exist yet is empty.
 *
 * @throws {UsageError} NOT_INITIALISED, or when there is no such file; {ConfigError} CONFIG_INVALID;
 *   {StorageError} STORE_UNSAFE.
 */
export async function editableFile(
  call: Call,
  { project = false }: FileOption,
): Promise<EditableFile> {
  if (call.globals.profile !== undefined) {
    throw new UsageError(
      'Profiles cannot be changed with this command.',
      `Edit [profile.${call.globals.profile}] in the file.`,
    );
  }
  const path = project ? await projectFile(call) : userFile(call);
  const config = existsSync(path) ? Config.load(path) : new Config();
  return { path, isProject: project, config };
}

async function projectFile(call: Call): Promise<string> {
  requireAtMostOne({ '--project': true, '--config': call.globals.config });
  const base = await call.base();
  requireInitialised(base);
  // Refuses a link that came along with the project: the file would be written through it.
  Config.load(undefined, { base });
  return Config.paths({ base }).project ?? '';
}

function userFile({ globals, env }: Call): string {
  const path = configFile({ globals, env }) ?? Config.paths(configSources({ globals, env })).user;
  if (path !== undefined) return path;
  throw new UsageError(
    'There is no directory for your configuration.',
    'Set HOME or XDG_CONFIG_HOME, or name a file with --config.',
  );
}

/**
 * Makes sure that the project's file may say what is to be put into it.
 *
 * @throws {UsageError} when it would have no effect there.
 */
export async function requireAllowed(call: Call, key: string, value: unknown): Promise<void> {
  const { globals, env } = call;
  const users = Config.load(undefined, configSources({ globals, env }));
  const problem = users.projectProblem(key, value, await call.base());
  if (problem === undefined) return;
  throw new UsageError(
    `${key} would have no effect in the project's file: it ${problem}.`,
    'Leave out --project to set it in your own file.',
  );
}
