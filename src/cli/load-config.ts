/** Finds and reads the configuration that a call follows. */

import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { Config, type ConfigInput, type ConfigSources } from '../index.ts';
import type { Globals } from './globals.ts';

/** What the configuration depends on. */
export interface ConfigRequest {
  readonly globals: Pick<Globals, 'config' | 'profile'>;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of the project; undefined where none is known, which leaves its file out. */
  readonly base?: string;
  /** Settings of the caller, which win. */
  readonly settings?: ConfigInput | undefined;
}

/**
 * The effective configuration.
 *
 * @throws {ConfigError} CONFIG_INVALID.
 */
export function loadConfig(request: ConfigRequest): Config {
  return Config.load(configFile(request), configSources(request));
}

/** The one file to read, when somebody names it. */
export function configFile({ globals, env }: ConfigRequest): string | undefined {
  return globals.config ?? (env['AGENTFS_CONFIG'] || undefined);
}

/** Where the configuration of a call comes from. */
export function configSources({ globals, env, base, settings }: ConfigRequest): ConfigSources {
  const configHome = env['XDG_CONFIG_HOME'] ?? '';
  return {
    home: homeOf(env),
    // A relative one is to be ignored, says the specification.
    configHome: isAbsolute(configHome) ? configHome : undefined,
    base,
    profile: globals.profile ?? (env['AGENTFS_PROFILE'] || undefined),
    environment: env,
    options: settings,
  };
}

function homeOf(env: NodeJS.ProcessEnv): string | undefined {
  if (env['HOME']) return env['HOME'];
  try {
    return homedir();
  } catch {
    // A user without an entry in the user database: then there is no file of the user.
    return undefined;
  }
}
