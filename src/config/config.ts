/**
 * The effective configuration: defaults, files and options laid over one another. It reads files
 * when it is asked to, and never the environment: where things are comes in as arguments.
 */

import { didYouMean } from '../primitives/closest.ts';
import { ConfigError, wrongType } from '../primitives/errors.ts';
import type { Variables } from './environment.ts';
import { writeConfigFile } from './file.ts';
import { type ConfigKey, describeKeys } from './key-description.ts';
import { KEYS } from './keys.ts';
import {
  checkedValue,
  type Issue,
  type Layer,
  readLayer,
  type Setting,
  valueFromText,
} from './layer.ts';
import { type ConfigInput, isPlainObject, type Leaf, nest } from './nested.ts';
import { projectProblem } from './project-rules.ts';
import { isReference, referencedVariable } from './reference.ts';
import { resolveToken, shownValue } from './secret.ts';
import { type ConfigSources, collectLayers, projectFilePath, userFilePath } from './sources.ts';
import { findKey, suggestKey } from './spelling.ts';
import { readTemplate, type WorkspaceTemplate } from './template.ts';
import type { ConfigName, ConfigValue, ConfigValues } from './values.ts';

/** The default configuration files. */
export interface ConfigPaths {
  readonly user: string | undefined;
  readonly project: string | undefined;
}

/** A checked set of settings; every key has a value or its default. */
export class Config {
  readonly #settings = new Map<ConfigName, Setting>();
  readonly #issues: Issue[] = [];
  /** What the files hold besides settings, so that {@link save} loses nothing. */
  readonly #others: Leaf[] = [];

  /**
   * Takes settings over the defaults.
   *
   * @param settings - nested or dotted, in the names of the files or in camelCase.
   * @throws {TypeError} INVALID_ARGUMENT when `settings` is not an object.
   * @throws {ConfigError} CONFIG_INVALID when a value has the wrong type or range.
   * @example new Config({ cacheSize: 512, sync: { interval: 60 } })
   */
  constructor(settings: ConfigInput = {}) {
    if (!isPlainObject(settings)) throw wrongType('settings', 'a plain object', settings);
    this.#add(readLayer(settings, () => 'options'));
  }

  /** The configuration in which nothing is set. */
  static default(): Config {
    return new Config();
  }

  /** All keys: their types, defaults, other spellings, variables and rules. */
  static keys(): readonly ConfigKey[] {
    return describeKeys();
  }

  /** Where the default files are, whether they exist or not; undefined where `sources` do not say. */
  static paths(sources: ConfigSources): ConfigPaths {
    const { base } = sources;
    return {
      user: userFilePath(sources),
      project: base === undefined ? undefined : projectFilePath(base),
    };
  }

  /**
   * Reads the file at `path`, or, without a path, the user's file and then the project's. The
   * profile of `sources`, which stands in those files, its environment and its options are laid over
   * them in this order.
   *
   * @throws {ConfigError} CONFIG_INVALID when `path` or the profile does not exist, when a file is
   *   not TOML or has a value of the wrong type or range, or when others can read a file of the user
   *   that holds a secret.
   * @throws {StorageError} STORE_UNSAFE when the project's file, or the directory that it is in, is a
   *   symbolic link or belongs to another user.
   * @example Config.load(undefined, { home: homedir(), base: '/home/me/project', profile: 'ci' })
   */
  static load(path?: string, sources: ConfigSources = {}): Config {
    const config = new Config();
    for (const layer of collectLayers(path, sources)) config.#add(layer);
    return config;
  }

  /** Does the same as {@link Config.load} with a path. */
  static fromFile(path: string, sources: ConfigSources = {}): Config {
    return Config.load(path, sources);
  }

  /**
   * The full name of a key in any spelling.
   *
   * @throws {ConfigError} CONFIG_INVALID when there is no such key.
   */
  fullName(key: string): ConfigName {
    return requireKey(key);
  }

  /**
   * The value of a key, or its default.
   *
   * @throws {ConfigError} CONFIG_INVALID when there is no such key.
   */
  get<Name extends ConfigName>(key: Name): ConfigValues[Name];
  /** The same for a key in any spelling, such as `cache-size`. */
  get(key: string): ConfigValue | undefined;
  get(key: string): ConfigValue | undefined {
    const name = requireKey(key);
    return this.#settings.get(name)?.value ?? KEYS[name].default;
  }

  /**
   * Sets a key; `undefined` puts it back to its default.
   *
   * @throws {ConfigError} CONFIG_INVALID when there is no such key, or it cannot have this value.
   */
  set(key: string, value: unknown): void {
    const name = requireKey(key);
    if (value === undefined) this.#settings.delete(name);
    else this.#settings.set(name, { value: checkedValue(name, value, 'set'), source: 'set' });
  }

  /**
   * Sets a key to what a person typed: `100MB`, `90d`, `on`, a list with commas.
   *
   * @throws {ConfigError} CONFIG_INVALID as {@link set}.
   * @example config.setText('cache-size', '1GB')
   */
  setText(key: string, text: string): void {
    if (typeof text !== 'string') throw wrongType('text', 'a string', text);
    const name = requireKey(key);
    this.#settings.set(name, { value: valueFromText(name, text, 'set'), source: 'set' });
  }

  /** The value of a key as it may be shown: a secret is `[redacted]`. */
  shown(key: string): ConfigValue | undefined {
    const name = requireKey(key);
    return shownValue(name, this.get(name));
  }

  /**
   * The access token of the remote: `sync.turso.token`, or the variable that it names, or else the
   * content of `sync.turso.token_file`; undefined when neither is set.
   *
   * @param env - where `env:NAME` is looked up, such as `process.env`.
   * @param base - where a relative path counts from.
   * @throws {ConfigError} CONFIG_INVALID when the variable is not set, or the file cannot be read,
   *   or others than its owner can read it.
   */
  token(env: Variables, base: string): string | undefined {
    const [token, tokenFile] = [this.get('sync.turso.token'), this.get('sync.turso.token_file')];
    return resolveToken({ token, tokenFile, base }, env);
  }

  /**
   * The token of the administrator of a daemon, out of `serve.token_file`; undefined when that is not
   * set. Parameters and errors are those of {@link token}.
   */
  adminToken(env: Variables, base: string): string | undefined {
    return resolveToken({ token: undefined, tokenFile: this.get('serve.token_file'), base }, env);
  }

  /** The key for the model that answers prompts; the rest as {@link token}. */
  agentKey(env: Variables, base: string): string | undefined {
    return resolveToken({ token: this.get('serve.agent.key'), tokenFile: undefined, base }, env);
  }

  /** The environment variables in which secrets are, as `env:NAME` says. */
  secretVariables(): string[] {
    const secrets = [...this.#settings].filter(([name]) => KEYS[name].secret);
    const references = secrets.map(([, { value }]) => value).filter(isReference);
    return references.map((value) => referencedVariable(String(value)));
  }

  /**
   * What a workspace is begun with that is made from a template of the user, see `create()`.
   *
   * @throws {ConfigError} CONFIG_INVALID when there is none of this name, or it is wrong.
   */
  template(name: string): WorkspaceTemplate {
    if (typeof name !== 'string') throw wrongType('template', 'a string', name);
    return readTemplate(nest(this.#others), name);
  }

  /** Where the value of a key comes from: a file with its line, a variable, a layer, or `default`. */
  source(key: string): string {
    return this.#settings.get(requireKey(key))?.source ?? 'default';
  }

  /** What is wrong or without effect in what was read; empty when all is well. */
  validate(): Issue[] {
    return [...this.#issues, ...this.#contradictions()];
  }

  /** All values, defaults included, nested under the names of the files; secrets are redacted. */
  toJSON(): Record<string, unknown> {
    const leaves: Leaf[] = [];
    let name: ConfigName;
    for (name in KEYS) {
      const value = this.get(name);
      if (value === undefined) continue;
      leaves.push({ path: name.split('.'), value: shownValue(name, value) });
    }
    return nest(leaves);
  }

  /**
   * What is set, without the defaults, nested under the names of the files. A secret is left out,
   * unless it only says where the secret is.
   */
  toSettings(): Record<string, unknown> {
    const shown = [...this.#settings].filter(
      ([name, { value }]) => shownValue(name, value) === value,
    );
    return nest(shown.map(([name, { value }]) => ({ path: name.split('.'), value })));
  }

  /**
   * Why the file of the project at `base` may not set a key to this value, over this configuration,
   * as the end of a sentence; undefined when it may.
   *
   * @throws {ConfigError} CONFIG_INVALID when there is no such key, or it cannot have this value.
   */
  projectProblem(key: string, value: unknown, base: string): string | undefined {
    const name = requireKey(key);
    return projectProblem(name, checkedValue(name, value, 'set'), {
      inForce: (other) => this.get(other),
      trustsHooks: this.get('security.trust_project_hooks'),
      base,
    });
  }

  /**
   * Writes what is set, and not the defaults, as TOML: atomically, readable by the owner only. Keys
   * that agentfs does not know are kept, and so are the comments of the file that is replaced.
   *
   * @throws {ConfigError} CONFIG_INVALID when the file cannot be written.
   */
  save(path: string): void {
    if (typeof path !== 'string') throw wrongType('path', 'a string', path);
    const known = [...this.#settings].map(([name, { value }]) => ({
      path: name.split('.'),
      value,
    }));
    writeConfigFile(path, [...this.#others, ...known]);
  }

  #add(layer: Layer): void {
    for (const [name, setting] of layer.settings) this.#settings.set(name, setting);
    this.#issues.push(...layer.issues);
    this.#others.push(...layer.others);
  }

  #contradictions(): Issue[] {
    if (this.get('sync.turso.token') === undefined) return [];
    if (this.get('sync.turso.token_file') === undefined) return [];
    return [
      {
        severity: 'warning',
        key: 'sync.turso.token_file',
        message: 'Both sync.turso.token and sync.turso.token_file are set; the token counts.',
        suggestion: 'Remove one of them.',
        source: this.source('sync.turso.token_file'),
      },
    ];
  }
}

function requireKey(key: string): ConfigName {
  if (typeof key !== 'string') throw wrongType('key', 'a string', key);
  const name = findKey(key);
  if (name !== undefined) return name;
  throw unknownKey(key);
}

/** The error for a key that does not exist. */
export function unknownKey(key: string): ConfigError {
  return new ConfigError(`There is no configuration key ${JSON.stringify(key.slice(0, 80))}.`, {
    hint: didYouMean(suggestKey(key), 'List the keys with Config.keys() or agentfs config list.'),
    details: { key },
  });
}
