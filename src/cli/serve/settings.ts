/** What a daemon is to be like, by its options and the configuration. */

import { resolve } from 'node:path';
import type { Config, Variables } from '../../index.ts';
import { isLoopback } from '../../primitives/loopback.ts';
import type { CloveOptions } from '../../server/clove/surface.ts';
import type { CoreSettings } from '../../server/core/server-core.ts';
import type { SurfaceOptions } from '../../server/daemon.ts';
import { UsageError } from '../exit-status.ts';

/** The options of `agentfs serve`. */
export interface ServeFlags {
  readonly base?: readonly string[];
  readonly api?: number;
  readonly listen?: string;
  readonly tokenFile?: string;
  readonly allowCidr?: readonly string[];
  readonly forge?: number;
  readonly ambient?: number;
  /** True for the usual socket. */
  readonly clove?: string | true;
  readonly relay?: readonly string[];
  readonly cloveWorkspace?: string;
  readonly cloveIsolate?: true;
  readonly cloveMap?: readonly string[];
  readonly cloveAllowElevation?: true;
}

const DEFAULT_API_PORT = 7433;
const MAX_PORT = 65_535;

/**
 * Which surfaces are to be there. The API is, unless others are asked for and it is not.
 *
 * @throws {UsageError} for a port that there is not, and for other machines without a token.
 */
export function surfaceOptions(
  config: Config,
  flags: ServeFlags,
  { cwd, runtimeDirectory }: { readonly cwd: string; readonly runtimeDirectory: string },
): SurfaceOptions {
  const host = flags.listen ?? config.get('serve.listen');
  requireGuarded(host, flags.tokenFile ?? config.get('serve.token_file'));
  const maxSessions = config.get('serve.max_sessions');
  const forge = portOf('--forge', flags.forge ?? config.get('serve.forge'));
  const ambient = portOf('--ambient', flags.ambient ?? config.get('serve.ambient'));
  const relay = relayOf(flags.relay ?? config.get('serve.relay'));
  const ownSocket = resolve(runtimeDirectory, 'agentfs', 'clove.sock');
  const wanted = flags.clove ?? config.get('serve.clove');
  // The relay works with a kernel, which has to be somewhere.
  const isUsual = wanted === true || (wanted === undefined && relay !== undefined);
  const clove = isUsual ? ownSocket : wanted;
  const isAlone = [forge, ambient, clove].every((each) => each === undefined);
  const api = portOf('--api', flags.api ?? config.get('serve.api'));
  return {
    ...{ host, runtimeDirectory, api: api ?? (isAlone ? DEFAULT_API_PORT : undefined) },
    relay,
    ambient: ambient === undefined ? undefined : { port: ambient, maxSessions },
    forge: forge === undefined ? undefined : { port: forge, maxSessions, ...forgeTimes(config) },
    clove:
      clove === undefined
        ? undefined
        : { path: resolve(cwd, clove), ...kernelOf(config, flags, cwd) },
  };
}

/** @throws {UsageError} for an address that other machines reach, when there is no token for them. */
function requireGuarded(host: string, tokenFile: string | undefined): void {
  if (isLoopback(host) || tokenFile !== undefined) return;
  throw new UsageError(
    `Listening on ${host} lets other machines in, so there must be a token.`,
    'Write one into a file with mode 0600, and add --token-file FILE.',
  );
}

/** @throws {UsageError} for anything but two ports. */
function relayOf(ports: readonly string[]): SurfaceOptions['relay'] {
  if (ports.length === 0) return undefined;
  const [apiPort, socketPort, ...others] = ports.map((port) =>
    /^\d{1,5}$/.test(port) ? portOf('--relay', Number(port)) : undefined,
  );
  if (apiPort !== undefined && socketPort !== undefined && others.length === 0) {
    return { apiPort, socketPort };
  }
  throw new UsageError(
    `--relay takes two ports, not '${ports.join(',')}'.`,
    'Name the one for calls and the one for WebSockets: --relay 8766,8765.',
  );
}

function forgeTimes(config: Config) {
  return {
    sessionTtlSecs: config.get('serve.session_ttl'),
    sessionHardTtlSecs: config.get('serve.session_hard_ttl'),
  };
}

function kernelOf(config: Config, flags: ServeFlags, cwd: string): Omit<CloveOptions, 'path'> {
  const map = flags.cloveMap ?? config.get('serve.clove_map');
  return {
    workspace: flags.cloveWorkspace ?? config.get('serve.clove_workspace'),
    isolate: flags.cloveIsolate ?? config.get('serve.clove_isolate'),
    map: map.map((each) => resolve(cwd, each)),
    allowElevation: flags.cloveAllowElevation ?? config.get('serve.clove_allow_elevation'),
  };
}

/**
 * What may change while it runs.
 *
 * @param config - read for this, as options are put over it.
 * @throws {UsageError} {ConfigError} for a file of a token that cannot be read, or not by you alone.
 */
export function coreSettings(
  config: Config,
  flags: ServeFlags,
  { env, cwd, base }: { readonly env: Variables; readonly cwd: string; readonly base: string },
): CoreSettings {
  if (flags.tokenFile !== undefined) config.set('serve.token_file', resolve(cwd, flags.tokenFile));
  const tokens = [env['AGENTFS_ADMIN_TOKEN'] || undefined, config.adminToken(env, base)];
  const perSecond = config.get('serve.requests_per_second');
  return {
    adminTokens: tokens.filter((token) => token !== undefined),
    allowedCidrs: flags.allowCidr ?? config.get('serve.allow_cidrs'),
    rate: { perSecond, burst: 2 * perSecond },
    agent: {
      command: config.get('serve.agent.command'),
      url: config.get('serve.agent.url'),
      model: config.get('serve.agent.model'),
      key: config.agentKey(env, base),
      tokensPerMinute: config.get('serve.agent.tokens_per_minute'),
    },
  };
}

function portOf(option: string, port: number | undefined): number | undefined {
  if (port === undefined || port <= MAX_PORT) return port;
  throw new UsageError(`${option} takes a number up to ${MAX_PORT}, not ${port}.`);
}
