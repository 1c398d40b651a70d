/**
 * What a caller of AgentFS may pass: settings, which are configuration like any other, and things
 * that only a program can give, such as a logger.
 */

import type { Clock } from '../primitives/clock.ts';
import { ConfigError, wrongType, wrongValue } from '../primitives/errors.ts';
import type { Logger } from '../primitives/logger.ts';
import { Config, unknownKey } from './config.ts';
import { type ConfigInput, isPlainObject, leavesOf } from './nested.ts';
import { findKey } from './spelling.ts';
import type { ConfigName, ConfigValues } from './values.ts';

/** `cache_size_mb` as `cacheSizeMb`. */
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** The last part of a name in a section, in camelCase; never for deeper names. */
type Member<Section extends string, Name extends string> = Name extends `${Section}.${infer Rest}`
  ? Rest extends `${string}.${string}`
    ? never
    : Camel<Rest>
  : never;

/** The keys of one section as optional camelCase properties. */
export type SectionOptions<Section extends string> = {
  readonly [Name in ConfigName as Member<Section, Name>]?: ConfigValues[Name] | undefined;
};

/** Settings of the synchronisation. */
export interface SyncSection extends SectionOptions<'sync'> {
  /** Seconds between periodic syncs; short for `periodicInterval`. */
  readonly interval?: number | undefined;
  readonly turso?: TursoSettings | undefined;
}

/** Settings of the remote database. */
export interface TursoSettings extends SectionOptions<'sync.turso'> {
  readonly advanced?: SectionOptions<'sync.turso.advanced'> | undefined;
}

/** Settings of the daemon. */
export interface ServeSection extends SectionOptions<'serve'> {
  readonly agent?: SectionOptions<'serve.agent'> | undefined;
}

/** Settings as {@link AgentFSOptions} spells them: common ones at the top, the others in sections. */
export interface SettingOptions {
  /** Cache of decoded objects, in MB; 256 by default. */
  readonly cacheSize?: number | undefined;
  /** Record every change in the audit log; true by default. */
  readonly auditEnabled?: boolean | undefined;
  /** How many workspaces there may be; 100 by default, 0 for no limit. */
  readonly maxWorkspaces?: number | undefined;
  /** File of the store; `<base>/.agentfs/agentfs.db` by default. A relative path counts from the base. */
  readonly databasePath?: string | undefined;
  /** Patterns of paths that are not versioned, in the syntax of `.gitignore`. */
  readonly ignore?: readonly string[] | undefined;
  /** Where the store lives, or all settings of the store. */
  readonly storage?: ConfigValues['storage.backend'] | SectionOptions<'storage'> | undefined;
  readonly sync?: SyncSection | undefined;
  readonly core?: SectionOptions<'core'> | undefined;
  readonly workspace?: SectionOptions<'workspace'> | undefined;
  readonly runner?: SectionOptions<'runner'> | undefined;
  readonly undo?: SectionOptions<'undo'> | undefined;
  readonly sandbox?: SectionOptions<'sandbox'> | undefined;
  readonly limits?: SectionOptions<'limits'> | undefined;
  readonly performance?: SectionOptions<'performance'> | undefined;
  readonly security?: SectionOptions<'security'> | undefined;
  readonly logging?: SectionOptions<'logging'> | undefined;
  readonly ui?: SectionOptions<'ui'> | undefined;
  readonly network?: SectionOptions<'network'> | undefined;
  readonly serve?: ServeSection | undefined;
  readonly hooks?: SectionOptions<'hooks'> | undefined;
}

/** What only a program can give, and no file. */
export interface RuntimeOptions {
  /** The whole configuration, in place of settings and files; see `Config.load`. */
  readonly config?: Config | undefined;
  /** Who acts, for the audit log and for workspaces that belong to an agent. */
  readonly agentId?: string | undefined;
  /** What ties the audit entries of one session together; a random UUID by default. */
  readonly sessionId?: string | undefined;
  /** Author of commits that name none: `Name <mail>` or a name. */
  readonly author?: string | undefined;
  /**
   * Keep the index of the base warm by watching it; false by default. Writes that the system does
   * not report, such as through a memory map, are then seen by a commit but not by `create`.
   */
  readonly watchBase?: boolean | undefined;
  /** Directory for materialised workspaces; inside `<base>/.agentfs` by default. */
  readonly workDir?: string | undefined;
  /** Receives what the library has to say; nothing is said by default. */
  readonly logger?: Logger | undefined;
  /** Source of the time; the computer's clock by default. */
  readonly clock?: Clock | undefined;
}

/** Options of AgentFS. */
export interface AgentFSOptions extends SettingOptions, RuntimeOptions {}

/** The two halves of {@link AgentFSOptions}. */
export interface SplitOptions {
  /** The configuration, or what to make it from: every other option. */
  readonly settings: Config | ConfigInput;
  readonly runtime: RuntimeOptions;
}

const TEXT_OPTIONS = ['agentId', 'sessionId', 'author', 'workDir'] as const;
const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Separates runtime options from settings, and checks the former.
 *
 * @throws {TypeError} INVALID_ARGUMENT when a runtime option has the wrong type.
 * @throws {RangeError} INVALID_ARGUMENT when one is a blank string.
 * @throws {ConfigError} CONFIG_INVALID for settings beside a `config`, for one that does not exist,
 *   and for `encryptionKey`: a key
 *   that encrypts nothing would harm.
 */
export function splitOptions(options: AgentFSOptions): SplitOptions {
  if (!isPlainObject(options)) throw wrongType('options', 'an object', options);
  const given: AgentFSOptions = options;
  if ('encryptionKey' in given) {
    throw new ConfigError('encryptionKey is not supported: the store is not encrypted.', {
      hint: 'Remove encryptionKey, and put the project on an encrypted file system.',
    });
  }
  const { config, agentId, sessionId, author, watchBase, workDir, logger, clock, ...settings } =
    given;
  for (const name of TEXT_OPTIONS) requireText(name, given[name]);
  if (watchBase !== undefined && typeof watchBase !== 'boolean') {
    throw wrongType('watchBase', 'a boolean', watchBase);
  }
  requireMethods('logger', logger, LOGGER_METHODS);
  requireMethods('clock', clock, ['now']);
  return {
    settings: config === undefined ? requireKnown({ ...settings }) : requireAlone(config, settings),
    runtime: { agentId, sessionId, author, watchBase, workDir, logger, clock },
  };
}

/** In a file an unknown key may be that of a later version; what a program gives is a slip. */
function requireKnown(settings: ConfigInput): ConfigInput {
  for (const { path, value } of leavesOf(settings)) {
    const key = path.join('.');
    if (value !== undefined && findKey(key) === undefined) throw unknownKey(key);
  }
  return settings;
}

function requireAlone(config: Config, settings: SettingOptions): Config {
  if (!(config instanceof Config)) throw wrongType('config', 'a Config', config);
  const [name] = Object.keys(settings);
  if (name === undefined) return config;
  throw new ConfigError(`${name} is given beside a config, which holds all settings.`, {
    hint: `Set ${name} in the config, with set() or as an option of Config.load().`,
    details: { key: name },
  });
}

function requireText(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  if (value.trim() === '') throw wrongValue(name, 'a string that is not blank', value);
}

function requireMethods(name: string, value: object | undefined, methods: readonly string[]): void {
  if (value === undefined) return;
  const wrong = methods.find((method) => typeof Reflect.get(Object(value), method) !== 'function');
  if (wrong !== undefined) throw wrongType(name, `an object with a method ${wrong}`, value);
}
