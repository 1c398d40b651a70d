/** The one configuration file that a command changes: the user's, the project's, or a named one. */

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Config } from '../../index.ts';
import type { Call } from '../call.ts';
import { codeOf, requireAtMostOne, UsageError } from '../exit-status.ts';
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

const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 20;

/** `--project`. */
export const PROJECT: OptionRow = ['--project', "use the project's file instead of yours"];

/**
 * Changes a file, which no other command reads or writes meanwhile.
 *
 * @throws as {@link editableFile}; {UsageError} when another command has it for ten seconds.
 */
export async function editFile<T>(
  call: Call,
  options: FileOption,
  action: (file: EditableFile) => Promise<T>,
): Promise<T> {
  const { path } = await editableFile(call, options);
  const unlock = await lockFile(path);
  try {
    return await action(await editableFile(call, options));
  } finally {
    unlock();
  }
}

/** Holds `<path>.lock`; the returned function gives it free. */
async function lockFile(path: string): Promise<() => void> {
  const lock = `${path}.lock`;
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      // Where nothing can be written, saving says so.
      if (codeOf(error) !== 'EEXIST') return () => undefined;
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    else if (Date.now() > deadline) throw busy(lock);
    await delay(LOCK_POLL_MS);
  }
}

/** Whether who made the lock has died. */
function isAbandoned(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // It is empty for the moment between being made and being written.
    if (!(pid > 0)) return Date.now() - statSync(lock).mtimeMs > LOCK_WAIT_MS;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function busy(lock: string): UsageError {
  return new UsageError(
    'Another command is changing the configuration.',
    `Wait for it. If there is none, remove ${lock}.`,
  );
}

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
