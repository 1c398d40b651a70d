/** The daemon as a whole: its core, and the surfaces that were asked for, from start to end. */

import type { AmbientSurfaceOptions } from './ambient/surface.ts';
import type { ForgeSurfaceOptions } from './clawdforge/surface.ts';
import type { CloveOptions } from './clove/surface.ts';
import type { Project } from './core/project.ts';
import type { Addresses } from './core/served.ts';
import { type CoreOptions, type CoreSettings, ServerCore } from './core/server-core.ts';
import type { StartedSurface } from './core/surface.ts';
import type { RelayOptions } from './relay/surface.ts';
import type { StartedRpc } from './rpc/surface.ts';

/** Which surfaces there are, and where. */
export interface SurfaceOptions {
  /** The address that those over HTTP listen on. */
  readonly host: string;
  /** Port of the API; 0 for any that is free. */
  readonly api?: number | undefined;
  readonly forge?: Omit<ForgeSurfaceOptions, 'host'> | undefined;
  readonly ambient?: Omit<AmbientSurfaceOptions, 'host'> | undefined;
  readonly clove?: CloveOptions | undefined;
  /** Works with the kernel of `clove`, which has to be there as well. */
  readonly relay?: Omit<RelayOptions, 'host' | 'kernel'> | undefined;
  /** Directory of the user's runtime files, for sockets that cannot lie beside the store. */
  readonly runtimeDirectory: string;
}

/** A daemon. */
export interface Daemon {
  readonly core: ServerCore;
  /** How each project is reached. */
  addressesOf(project: Project): Addresses;
  /** Takes other settings; where it listens stays as it is. @throws {AgentFSError} INVALID_ARGUMENT */
  change(settings: CoreSettings): void;
  /** Takes nothing on any more, answers what is under way, ends the jobs, gives the projects free. */
  close(): Promise<void>;
}

/**
 * Starts a daemon; resolves once clients can come, and that is written down beside the projects.
 *
 * @throws {AgentFSError} ALREADY_SERVED, NOT_TRUSTED, INVALID_ARGUMENT; {StorageError}. Nothing is
 *   left behind then.
 */
export async function startDaemon(options: CoreOptions, surfaces: SurfaceOptions): Promise<Daemon> {
  const core = await ServerCore.open(options);
  const started = new Map<string, StartedSurface>();
  const close = async (): Promise<void> => {
    core.stop();
    // Who waits for a job is answered once that has ended.
    const closing = [...started.values()].map((surface) => surface.close());
    await Promise.all([core.jobs.close(), ...closing]);
    await core.close();
  };
  try {
    const rpc = await startRpc(core, surfaces);
    started.set('rpc', rpc);
    await startOthers(core, surfaces, (name, surface) => started.set(name, surface));
    const addressesOf = (project: Project): Addresses => {
      const all = [...started].map(([name, { addresses }]): [string, readonly string[]] => {
        return [name, name === 'rpc' ? [rpc.byProject[project.name] ?? ''] : addresses];
      });
      return Object.fromEntries(all);
    };
    core.noteAddresses(addressesOf);
    return { core, addressesOf, change: (settings) => core.change(settings), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The one surface that is always there: only the user who has started the daemon reaches it. */
async function startRpc(
  core: ServerCore,
  { runtimeDirectory }: SurfaceOptions,
): Promise<StartedRpc> {
  const { rpcSurface } = await import('./rpc/surface.ts');
  return rpcSurface.start(core, { runtimeDirectory });
}

/** What a surface is made of is loaded when it is asked for. */
async function startOthers(
  core: ServerCore,
  { host, api, forge, ambient, clove, relay }: SurfaceOptions,
  add: (name: string, surface: StartedSurface) => void,
): Promise<void> {
  if (api !== undefined) {
    const { apiSurface } = await import('./api/surface.ts');
    add(apiSurface.name, await apiSurface.start(core, { host, port: api }));
  }
  if (forge !== undefined) {
    const { forgeSurface } = await import('./clawdforge/surface.ts');
    add(forgeSurface.name, await forgeSurface.start(core, { host, ...forge }));
  }
  if (ambient !== undefined) {
    const { ambientSurface } = await import('./ambient/surface.ts');
    add(ambientSurface.name, await ambientSurface.start(core, { host, ...ambient }));
  }
  if (clove !== undefined) {
    const { cloveSurface } = await import('./clove/surface.ts');
    const started = await cloveSurface.start(core, clove);
    add(cloveSurface.name, started);
    if (relay === undefined) return;
    const { relaySurface } = await import('./relay/surface.ts');
    const { kernel } = started;
    add(relaySurface.name, await relaySurface.start(core, { kernel, host, ...relay }));
  }
}
