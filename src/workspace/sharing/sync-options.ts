/** What callers say about synchronising, checked, and what holds where they say nothing. */

import { fromEnvironment } from '../../config/environment.ts';
import { isReference } from '../../config/reference.ts';
import {
  checkBoolean,
  checkChoice,
  checkCount,
  checkStrings,
  checkText,
} from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';
import { compileSelection } from '../../primitives/glob.ts';
import { parseRemoteUrl } from '../../sync/remote-url.ts';
import {
  STRATEGY_OF_SIDE,
  SYNC_MODES,
  SYNC_STRATEGIES,
  type SyncMode,
  type SyncSettings,
  type SyncStrategy,
} from '../../sync/settings.ts';
import { SyncError } from '../../sync/sync-errors.ts';
import type { Engine } from '../core/engine.ts';
import type { SecretSource } from './sync-secrets.ts';

/** How a workspace synchronises. What is absent stays, or is as configured. */
export interface SyncConfig {
  /** `manual`, `periodic` or `real-time`. */
  readonly mode?: SyncMode | undefined;
  /** Seconds between two periodic syncs, from 5. */
  readonly interval?: number | undefined;
  /** What happens to a path that changed on both sides; `ours` is `local-wins`, `theirs` the other. */
  readonly conflictResolution?: SyncStrategy | 'ours' | 'theirs' | undefined;
  /** Glob patterns of the paths to synchronise; null for all. */
  readonly include?: readonly string[] | null | undefined;
  /** Glob patterns of the paths to leave out; null for none. */
  readonly exclude?: readonly string[] | null | undefined;
  /** Whether contents are compressed on their way; default true. */
  readonly compression?: boolean | undefined;
  /** Objects in one request. */
  readonly batchSize?: number | undefined;
  /** Seconds before a request is given up. */
  readonly timeout?: number | undefined;
}

/** With what a workspace synchronises. */
export interface SyncEnableOptions extends SyncConfig {
  /**
   * Address of the database: `libsql:`, `https:` or `file:`, or the name of a Turso database of the
   * configured organisation. Default as configured.
   */
  readonly tursoDb?: string | undefined;
  /** Access token, which stays in memory, or `env:NAME` of the variable that holds it. */
  readonly token?: string | undefined;
  /** File of mode 0600 that holds the token. */
  readonly tokenFile?: string | undefined;
  /**
   * Key with which everything is encrypted before it leaves, 32 bytes in Base64, which stays in
   * memory, or `env:NAME`. All replicas need the same.
   */
  readonly encryptionKey?: string | undefined;
  /** File of mode 0600 that holds that key. */
  readonly encryptionKeyFile?: string | undefined;
  /** Name of the workspace on the remote; default its own. */
  readonly name?: string | undefined;
  /** Allows addresses without encryption that are not on this machine. */
  readonly allowInsecure?: boolean | undefined;
}

/** The names of {@link SyncConfig}. */
export const SYNC_OPTIONS: readonly (keyof SyncConfig)[] = [
  ...(['mode', 'interval', 'conflictResolution', 'include', 'exclude'] as const),
  ...(['compression', 'batchSize', 'timeout'] as const),
];

/** The names of {@link SyncEnableOptions}. */
export const ENABLE_OPTIONS: readonly (keyof SyncEnableOptions)[] = [
  ...SYNC_OPTIONS,
  ...(['tursoDb', 'token', 'tokenFile', 'encryptionKey', 'encryptionKeyFile'] as const),
  ...(['name', 'allowInsecure'] as const),
];

/**
 * Checks settings and lays them over others.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT; {AgentFSError} INVALID_PATTERN.
 */
export function checkSyncConfig(
  config: SyncConfig | undefined,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const given = config ?? {};
  const [include, exclude] = [given.include ?? undefined, given.exclude ?? undefined];
  checkStrings('include', include);
  checkStrings('exclude', exclude);
  compileSelection(include, exclude);
  const checked = {
    mode: checkChoice('mode', given.mode, SYNC_MODES),
    interval: checkCount('interval', given.interval, 5),
    conflictResolution: checkStrategy(given.conflictResolution),
    include: given.include,
    exclude: given.exclude,
    compression: checkBoolean('compression', given.compression),
    batchSize: checkCount('batchSize', given.batchSize, 1),
    timeout: checkCount('timeout', given.timeout, 1),
  };
  const set = Object.entries(checked).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(set) };
}

function checkStrategy(value: unknown): SyncStrategy | undefined {
  if (value === 'ours' || value === 'theirs') return STRATEGY_OF_SIDE[value];
  return checkChoice('conflictResolution', value, SYNC_STRATEGIES);
}

/**
 * The address of the database.
 *
 * @throws {SyncError} REMOTE_URL; {TypeError} INVALID_ARGUMENT.
 */
export function checkAddress(engine: Engine, options: SyncEnableOptions): string {
  const { config, basePath, env } = engine;
  const database =
    checkText('tursoDb', options.tursoDb) ??
    config.get('sync.turso.default_database') ??
    fromEnvironment('sync.turso.default_database', env);
  if (database === undefined || database.trim() === '') {
    throw new SyncError('REMOTE_URL', 'No database was named.', {
      hint: 'Name a database with tursoDb (--turso-db), or set TURSO_DATABASE_URL.',
    });
  }
  const organization = config.get('sync.turso.organization');
  const isName = /^[a-z0-9-]+$/.test(database) && organization !== undefined;
  const url = isName ? `libsql://${database}-${organization}.turso.io` : database;
  const allowInsecure = checkBoolean('allowInsecure', options.allowInsecure);
  return parseRemoteUrl(url, { directory: basePath, allowInsecure });
}

/**
 * A secret, or where it is found; undefined when neither is said.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT.
 */
export function checkSecret(
  name: string,
  secret: unknown,
  file: unknown,
): SecretSource | undefined {
  const text = checkText(name, secret);
  const path = checkText(`${name}File`, file);
  if (text !== undefined && path !== undefined) {
    throw wrongType(`${name}File`, `absent when ${name} is given`, path);
  }
  if (path !== undefined) return { reference: `file:${path}`, secret: undefined };
  if (text === undefined) return undefined;
  if (text.trim() === '') throw wrongValue(name, 'a text that is not blank', text);
  return isReference(text)
    ? { reference: text, secret: undefined }
    : { reference: '', secret: text };
}

/** The settings that hold: a workspace's own, and what is configured where it has none. */
export function effectiveSettings(
  { config }: Engine,
  own: Readonly<Record<string, unknown>>,
): SyncSettings {
  // What is stored was checked when it was set.
  const set = own as Partial<SyncSettings>;
  return {
    mode: set.mode ?? config.get('sync.default_mode'),
    interval: set.interval ?? config.get('sync.periodic_interval'),
    conflictResolution: set.conflictResolution ?? config.get('sync.conflict_resolution'),
    include: set.include ?? undefined,
    exclude: set.exclude ?? undefined,
    compression: set.compression ?? true,
    batchSize: set.batchSize ?? config.get('sync.turso.advanced.batch_size'),
    timeout: set.timeout ?? config.get('network.timeout'),
  };
}
