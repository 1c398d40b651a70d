/**
 * The effective configuration: defaults, files and options laid over one another. It reads files
 * when it is asked to, and never the environment: where things are comes in as arguments.
 */

import { join } from 'node:path';
import { ConfigError, wrongType } from '../primitives/errors.ts';
import { readConfigFile, writeConfigFile } from './file.ts';
import { KEYS } from './keys.ts';
import { checkedValue, type Issue, type Layer, readLayer, type Setting } from './layer.ts';
import { type ConfigInput, isPlainObject, type Leaf, leavesOf, nest } from './nested.ts';
import { isReference, restrictProjectLayer } from './project-rules.ts';
import { findKey, suggestKey } from './spelling.ts';
import { HOST_PATH } from './value-type.ts';
import type { ConfigName, ConfigValue, ConfigValues } from './values.ts';

/** Where {@link Config.load} looks; whatever is missing adds nothing. Later fields win. */
export interface ConfigSources {
  /** Home directory of the user, for `~/` and for `.config` where `configHome` is not given. */
  readonly home?: string | undefined;
  /** Directory of the user's configuration files, such as `$XDG_CONFIG_HOME`. */
  readonly configHome?: string | undefined;
  /** Base directory; its `.agentfs/config.toml` is the project's file. */
  readonly base?: string | undefined;
  /** Settings of the chosen profile. */
  readonly profile?: ConfigInput | undefined;
  /** Settings from environment variables. */
  readonly environment?: ConfigInput | undefined;
  /** Settings of the caller. */
  readonly options?: ConfigInput | undefined;
}

/** What a secret is shown as. */
const REDACTED = '[redacted]';

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

  /**
   * Reads the file at `path`, or, without a path, the user's file and then the project's. Profile,
   * environment and options of `sources` are laid over the files in this order.
   *
   * @throws {ConfigError} CONFIG_INVALID when `path` does not exist, or a file is not TOML or has a
   *   value of the wrong type or range.
   * @example Config.load(undefined, { home: homedir(), base: '/home/me/project' })
   */
  static load(path?: string, sources: ConfigSources = {}): Config {
    const config = new Config();
    if (path === undefined) config.#addFiles(sources);
    else if (!config.#addFile(path, sources.home)) throw missing(path);
    for (const name of ['profile', 'environment', 'options'] as const) {
      config.#add(readLayer(sources[name] ?? {}, () => name));
    }
    return config;
  }

  /** Does the same as {@link Config.load} with a path. */
  static fromFile(path: string, sources: ConfigSources = {}): Config {
    return Config.load(path, sources);
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

  /** Where the value of a key comes from: a file with its line, a layer, or `default`. */
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
      const shown = KEYS[name].secret && !isReference(value) ? REDACTED : value;
      leaves.push({ path: name.split('.'), value: shown });
    }
    return nest(leaves);
  }

  /**
   * Writes what is set, and not the defaults, as TOML: atomically, readable by the owner only. Keys
   * that agentfs does not know are kept; comments are not.
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

  #addFiles({ home, configHome, base }: ConfigSources): void {
    const directory = configHome ?? (home === undefined ? undefined : join(home, '.config'));
    if (directory !== undefined) this.#addFile(join(directory, 'agentfs', 'config.toml'), home);
    if (base === undefined) return;
    const file = readConfigFile(join(base, '.agentfs', 'config.toml'));
    if (file === undefined) return;
    const layer = readLayer(file.input, file.locate);
    this.#add(restrictProjectLayer(layer, (name) => this.get(name), base));
  }

  #addFile(path: string, home: string | undefined): boolean {
    const file = readConfigFile(path);
    if (file === undefined) return false;
    this.#add(readLayer(expandHome(file.input, home), file.locate));
    return true;
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
  const closest = suggestKey(key);
  throw new ConfigError(`There is no configuration key ${JSON.stringify(key.slice(0, 80))}.`, {
    hint: closest === undefined ? 'List the keys with toJSON().' : `Did you mean ${closest}?`,
    details: { key },
  });
}

function missing(path: string): ConfigError {
  return new ConfigError(`There is no configuration file ${path}.`, {
    path,
    hint: 'Check the path, or leave it out to use the default files.',
  });
}

/** The user's own files may say `~/`; in the project's it is a directory called `~`. */
function expandHome(input: ConfigInput, home: string | undefined): ConfigInput {
  if (home === undefined) return input;
  const expanded = Array.from(leavesOf(input), ({ path, value }) => {
    const name = findKey(path.join('.'));
    const isPath = name !== undefined && KEYS[name].type === HOST_PATH;
    if (!isPath || typeof value !== 'string') return { path, value };
    return { path, value: value.replace(/^~(?=\/|$)/, () => home) };
  });
  return nest(expanded);
}
