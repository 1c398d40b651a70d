/**
 * Collects the layers of a configuration from where they are: files, a profile in them, environment
 * variables, the caller. Later layers win.
 */

import { dirname, join } from 'node:path';
import { ConfigError } from '../primitives/errors.ts';
import { requireOwn } from '../store/own-path.ts';
import { readEnvironment, type Variables } from './environment.ts';
import { type ConfigFile, readConfigFile } from './file.ts';
import { KEYS } from './keys.ts';
import { type Layer, readLayer } from './layer.ts';
import { type ConfigInput, mapLeaves } from './nested.ts';
import { checkProfiles, profilesOf, readProfile, unknownProfile } from './profile.ts';
import { type ProjectContext, restrictProjectLayer } from './project-rules.ts';
import { refuseExposedSecrets } from './secret.ts';
import { findKey } from './spelling.ts';
import { HOST_PATH } from './value-type.ts';
import type { ConfigName, ConfigValue } from './values.ts';

/** Where `Config.load` looks; whatever is missing adds nothing. Later fields win. */
export interface ConfigSources {
  /** Home directory of the user, for `~/` and for `.config` where `configHome` is not given. */
  readonly home?: string | undefined;
  /** Directory of the user's configuration files, such as `$XDG_CONFIG_HOME`. */
  readonly configHome?: string | undefined;
  /** Base directory; its `.agentfs/config.toml` is the project's file. */
  readonly base?: string | undefined;
  /** Name of a profile, whose settings win over those outside profiles. */
  readonly profile?: string | undefined;
  /** Environment variables, such as `process.env`. */
  readonly environment?: Variables | undefined;
  /** Settings of the caller. */
  readonly options?: ConfigInput | undefined;
}

/** A file of the user, or that of the project, which is trusted less. */
interface Source {
  readonly file: ConfigFile;
  readonly owner: 'user' | 'project';
}

/** What such a file sets. */
interface OwnedLayer {
  readonly layer: Layer;
  readonly owner: Source['owner'];
}

/** The user's file, `agentfs/config.toml` in the directory for configuration. */
export function userFilePath({ home, configHome }: ConfigSources): string | undefined {
  const directory = configHome ?? (home === undefined ? undefined : join(home, '.config'));
  return directory === undefined ? undefined : join(directory, 'agentfs', 'config.toml');
}

/** The project's file. */
export function projectFilePath(base: string): string {
  return join(base, '.agentfs', 'config.toml');
}

/**
 * All layers, the weakest first: user file, project file, the profile in each, environment, options.
 *
 * @param path - the only file to read, as one of the user's; the default files when undefined.
 * @throws {ConfigError} CONFIG_INVALID as `Config.load` says; {StorageError} STORE_UNSAFE.
 */
export function collectLayers(path: string | undefined, sources: ConfigSources): Layer[] {
  const { profile, environment, options } = sources;
  const files = path === undefined ? defaultFiles(sources) : [namedFile(path, sources)];
  const above = [
    ...(environment === undefined ? [] : [readEnvironment(environment)]),
    readLayer(options ?? {}, () => 'options'),
  ];
  const own = files.map((file): OwnedLayer => {
    return { owner: file.owner, layer: readWhole(file, profile) };
  });
  if (profile !== undefined) own.push(...chosenProfiles(files, profile));
  return [...restrict(own, above, sources.base ?? '.'), ...above];
}

function defaultFiles(sources: ConfigSources): Source[] {
  const found: Source[] = [];
  const userPath = userFilePath(sources);
  const user = userPath === undefined ? undefined : readUserFile(userPath, sources.home);
  if (user !== undefined) found.push({ file: user, owner: 'user' });
  if (sources.base === undefined) return found;
  const path = projectFilePath(sources.base);
  // What is checked out with the project could lead to a file of the user.
  requireOwn(dirname(path));
  requireOwn(path);
  const project = readConfigFile(path);
  if (project !== undefined) found.push({ file: project, owner: 'project' });
  return found;
}

function namedFile(path: string, { home }: ConfigSources): Source {
  const file = readUserFile(path, home);
  if (file !== undefined) return { file, owner: 'user' };
  throw new ConfigError(`There is no configuration file ${path}.`, {
    path,
    hint: 'Check the path, or leave it out to use the default files.',
  });
}

function readUserFile(path: string, home: string | undefined): ConfigFile | undefined {
  const file = readConfigFile(path);
  return file === undefined ? undefined : { ...file, input: expandHome(file.input, home) };
}

/** What stands outside of profiles, with a look at the profiles that are not in use. */
function readWhole({ file, owner }: Source, profile: string | undefined): Layer {
  const layer = readLayer(file.input, file.locate);
  // A secret in the project's file has no effect in any case.
  if (owner === 'user') refuseExposedSecrets(layer, file);
  return { ...layer, issues: [...layer.issues, ...checkProfiles(file, profile)] };
}

function chosenProfiles(files: readonly Source[], profile: string): OwnedLayer[] {
  const chosen: OwnedLayer[] = [];
  for (const { file, owner } of files) {
    const layer = readProfile(file, profile);
    if (layer === undefined) continue;
    if (owner === 'user') refuseExposedSecrets(layer, file);
    chosen.push({ owner, layer });
  }
  if (chosen.length > 0) return chosen;
  throw unknownProfile(profile, [...new Set(files.flatMap(({ file }) => profilesOf(file)))]);
}

/** The layers, those of the project without what it may not set over the ones below. */
function restrict(layers: readonly OwnedLayer[], above: readonly Layer[], base: string): Layer[] {
  const inForce = new Map<ConfigName, ConfigValue>();
  const users = layers.filter(({ owner }) => owner === 'user').map(({ layer }) => layer);
  const context: ProjectContext = {
    inForce: (name) => inForce.get(name) ?? KEYS[name].default,
    trustsHooks: trustsHooks([...users, ...above]),
    base,
  };
  return layers.map(({ owner, layer }) => {
    const allowed = owner === 'user' ? layer : restrictProjectLayer(layer, context);
    for (const [name, { value }] of allowed.settings) inForce.set(name, value);
    return allowed;
  });
}

/** Whether the last of the user's own layers that says so trusts the project's hooks. */
function trustsHooks(layers: readonly Layer[]): boolean {
  const name = 'security.trust_project_hooks';
  const setting = layers.findLast(({ settings }) => settings.has(name))?.settings.get(name);
  return setting?.value === true;
}

/** The user's own files may say `~/`; in the project's it is a directory called `~`. */
function expandHome(input: ConfigInput, home: string | undefined): ConfigInput {
  if (home === undefined) return input;
  return mapLeaves(input, ({ path, value }) => {
    const isPath = typeof value === 'string' && isHostPath(path);
    return isPath ? value.replace(/^~(?=\/|$)/, () => home) : value;
  });
}

function isHostPath(path: readonly string[]): boolean {
  const inProfile = path[0] === 'profile' && path.length > 2;
  const name = findKey((inProfile ? path.slice(2) : path).join('.'));
  return name !== undefined && KEYS[name].type === HOST_PATH;
}
