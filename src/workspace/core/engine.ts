/**
 * What all parts of an open AgentFS share: the store, the base, the settings, and who acts. Made on
 * first use and passed down; nothing here is global.
 */

import { randomUUID } from 'node:crypto';
import { opendirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { Config } from '../../config/config.ts';
import type { Variables } from '../../config/environment.ts';
import type { ConfigInput } from '../../config/nested.ts';
import type { RuntimeOptions } from '../../config/options.ts';
import { readUserSecret } from '../../config/user-secret.ts';
import { diskError } from '../../disk/disk-error.ts';
import { IgnoreSettings } from '../../disk/ignore-settings.ts';
import { OuterRules } from '../../disk/outer-rules.ts';
import { Place } from '../../disk/place.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { type Clock, systemClock } from '../../primitives/clock.ts';
import { AgentFSError, errorCode } from '../../primitives/errors.ts';
import { type Logger, silentLogger } from '../../primitives/logger.ts';
import { encodeProcessToken, processToken } from '../../primitives/process-token.ts';
import { Signer } from '../../primitives/signer.ts';
import { BaseDirectory } from '../../project/base-directory.ts';
import { BaseWatch } from '../../project/base-watch.ts';
import { finishInterrupted } from '../../project/recover.ts';
import { layersRoot } from '../../runner/layers/layers-place.ts';
import { PackageCaches } from '../../runner/layers/package-caches.ts';
import { Stocks } from '../../runner/layers/stocks.ts';
import { Store } from '../../store/store.ts';
import { EMPTY_TREE, type TreeStore, Trees } from '../../tree/trees.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { requireOwnPlaces } from './own-places.ts';
import { Trust } from './trust.ts';

const MEGABYTE = 1024 * 1024;

/** How far a long operation has come. */
export interface Progress {
  /** What is going on, such as `scan` or `gc`. */
  readonly operation: string;
  /** Units that are done. */
  readonly done: number;
  /** Units in all; undefined while that is unknown. Equal to `done` at the end. */
  readonly total: number | undefined;
  readonly unit: 'files' | 'bytes' | 'objects';
}

/** Tells listeners what is going on; never throws. */
export interface Announcer {
  /** @param error - of something that no caller waits for. */
  emit(name: 'error', error: unknown): void;
  emit(name: 'progress', progress: Progress): void;
}

/** An open AgentFS, from the inside. */
export interface Engine {
  /** Absolute path of the base, without symbolic links. */
  readonly basePath: string;
  /** The base, open for as long as the AgentFS is. */
  readonly home: SafeDirectory;
  /** Where materialised workspaces live, and checkouts. */
  readonly work: Place;
  /** Where the layers of workspaces are kept. */
  readonly layers: Place;
  readonly config: Config;
  readonly store: Store;
  readonly trees: Trees;
  /** The trees and contents of the store. */
  readonly objects: TreeStore;
  readonly base: BaseDirectory;
  /** What decides about ignored paths. */
  readonly ignore: IgnoreSettings;
  /** The base's ignored content, as workspaces began with it. */
  readonly stocks: Stocks;
  /** What package managers have fetched in commands. */
  readonly caches: PackageCaches;
  readonly leases: LeaseKeeper;
  /** Signs what is noted down beside the base. */
  readonly signer: Signer;
  /** Knows what of the store is this user's own. */
  readonly trust: Trust;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly announcer: Announcer;
  /** `''` for none. */
  readonly agentId: string;
  readonly sessionId: string;
  /** Fires when the AgentFS is closed. */
  readonly closing: AbortSignal;
  /** Variables that secrets may be in. */
  readonly env: Variables;
  /** Author of commits that name none; undefined for the user of the operating system. */
  readonly author: string | undefined;
}

/** What an engine is made from. */
export interface EngineOptions {
  readonly basePath: string;
  /** The effective configuration, or the caller's settings to lay over the files. */
  readonly settings: Config | ConfigInput;
  readonly runtime: RuntimeOptions;
  readonly announcer: Announcer;
  /** Fires when the AgentFS is closed. */
  readonly closing: AbortSignal;
  /** Variables that secrets may be in, and `XDG_CONFIG_HOME`, `XDG_RUNTIME_DIR`, `AGENTFS_AUTHOR`. */
  readonly env: Variables;
}

/**
 * Checks the base and opens its store.
 *
 * @throws {AgentFSError} BASE_NOT_FOUND, BASE_NOT_DIRECTORY, BASE_READ_ONLY.
 * @throws {StorageError} STORE_UNSAFE, and as `openStore` says. {ConfigError} CONFIG_INVALID.
 */
export function openEngine(options: EngineOptions): Engine {
  const basePath = checkBase(options.basePath);
  const config = configFor(basePath, options);
  const { runtime, announcer } = options;
  const storePath = storePathOf(basePath, config);
  const workRoot = resolve(basePath, runtime.workDir ?? '.agentfs/work');
  requireOwnPlaces({ base: basePath, storePath, workRoot });
  const secret = readUserSecret(configHomeOf(options) ?? join(homedir(), '.config'));
  const signer = new Signer(secret.bytes);
  const cacheBytes = config.get('storage.cache_size_mb');
  const store = new Store(storePath, {
    // Three quarters for content, one for decoded tree nodes.
    cacheBytes: cacheBytes * MEGABYTE * 0.75,
    pageCacheKiB: config.get('performance.page_cache_size_kb'),
    process: encodeProcessToken(processToken()),
    signer,
  });
  const trees = new Trees(store.objects, cacheBytes * MEGABYTE * 0.25);
  try {
    storeEmptyTree(store, trees);
  } catch (error) {
    store.close();
    throw error;
  }
  const clock = runtime.clock ?? systemClock;
  const logger = runtime.logger ?? silentLogger;
  const outerRules = new OuterRules(basePath, options.env);
  const ignore = new IgnoreSettings(config.get('ignore.patterns'), outerRules);
  const leases = new LeaseKeeper(store);
  const home = SafeDirectory.open(basePath);
  const work = workPlace(home, runtime.workDir);
  const fences = new Place(home).at('.agentfs/watch');
  const watch = runtime.watchBase === true ? new BaseWatch(basePath, fences, logger) : undefined;
  if (store.journals.list().length > 0) recoverIfFree(store, leases, home, logger);
  return {
    basePath,
    home,
    work,
    layers: layersRoot(work, options.env['XDG_RUNTIME_DIR'] || undefined),
    config,
    store,
    trees,
    objects: { trees, contents: store.contents },
    ignore,
    stocks: new Stocks(work, signer),
    caches: new PackageCaches(work, signer),
    base: new BaseDirectory({ root: basePath, store, trees, clock, ignore, watch }),
    leases,
    signer,
    trust: new Trust(store.signatures, secret.isKept),
    clock,
    logger,
    announcer,
    agentId: runtime.agentId ?? '',
    sessionId: runtime.sessionId ?? randomUUID(),
    author: runtime.author ?? options.env['AGENTFS_AUTHOR'],
    closing: options.closing,
    env: options.env,
  };
}

/** Writes everything out and closes the store. */
export function closeEngine({ base, store, home, logger }: Engine): void {
  try {
    base.close();
    store.database.checkpoint();
  } catch (error) {
    // On a full disk: all that was acknowledged is in the log, and the next open reads it.
    logger.warn('The store was closed before its log was written back.', { error });
  } finally {
    store.close();
    home.close();
  }
}

/** Workspaces can be read while the base cannot be repaired; the next scan reports the error. */
function recoverIfFree(
  store: Store,
  leases: LeaseKeeper,
  home: SafeDirectory,
  logger: Logger,
): void {
  try {
    leases.holdIfFree('base', () => finishInterrupted(store, home, logger));
  } catch (error) {
    logger.error('An interrupted commit cannot be taken back yet.', { error });
  }
}

/** Opening writes nothing that is there already: a store on a full disk can still be read. */
function storeEmptyTree(store: Store, trees: Trees): void {
  if (store.objects.has(EMPTY_TREE)) return;
  store.database.transaction(() => trees.put({ kind: 'leaf', entries: new Map() }));
}

/** A directory that lies in the base is reached from there alone. */
function workPlace(home: SafeDirectory, workDirectory = '.agentfs/work'): Place {
  const path = resolve(home.root, workDirectory);
  const below = relative(home.root, path);
  const isInside = below !== '' && below !== '..' && !below.startsWith('../');
  return isInside ? new Place(home).at(below) : new Place(path);
}

function checkBase(path: string): string {
  const absolute = resolve(path);
  let real: string;
  try {
    real = realpathSync(absolute);
  } catch (cause) {
    const missing = errorCode(cause) === 'ENOENT';
    throw new AgentFSError(
      missing ? 'BASE_NOT_FOUND' : 'EACCES',
      missing ? `There is no directory ${absolute}.` : `${absolute} cannot be reached.`,
      { path: absolute, hint: 'Check the path of the project directory.', cause },
    );
  }
  if (!statSync(real).isDirectory()) {
    throw new AgentFSError('BASE_NOT_DIRECTORY', `${absolute} is not a directory.`, {
      path: absolute,
      hint: 'Name the project directory, not a file in it.',
    });
  }
  requireReadable(real);
  return real;
}

function requireReadable(path: string): void {
  try {
    // Unlike access(2), which asks for the real user, these ask for the one that will read.
    opendirSync(path).closeSync();
    statSync(`${path}/.`);
  } catch (cause) {
    if (!['EACCES', 'EPERM'].includes(errorCode(cause) ?? '')) throw diskError(cause, path, 'open');
    throw new AgentFSError('EACCES', `The project ${path} cannot be read.`, {
      path,
      hint: 'Check the permissions of the directory.',
      cause,
    });
  }
}

function configFor(base: string, options: EngineOptions): Config {
  const { settings } = options;
  if (settings instanceof Config) return settings;
  const configHome = configHomeOf(options);
  return Config.load(undefined, { home: homedir(), configHome, base, options: settings });
}

/** A relative one is to be ignored, says the specification of `XDG_CONFIG_HOME`. */
function configHomeOf({ env }: EngineOptions): string | undefined {
  const configHome = env['XDG_CONFIG_HOME'] ?? '';
  return isAbsolute(configHome) ? configHome : undefined;
}

function storePathOf(base: string, config: Config): string {
  if (config.get('storage.backend') === 'memory') return ':memory:';
  const path = config.get('storage.database_path') ?? join('.agentfs', 'agentfs.db');
  return isAbsolute(path) ? path : join(base, path);
}
