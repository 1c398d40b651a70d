/**
 * JSON-RPC on a Unix socket, in the frames of `agentfs rpc`: for programs of the user who has started
 * the daemon, who alone can open the socket.
 */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { serveSession } from '../../rpc/session.ts';
import { OWNER } from '../core/access.ts';
import { gateFor } from '../core/operation-access.ts';
import type { Project } from '../core/project.ts';
import type { ServerCore } from '../core/server-core.ts';
import { listenAt, MOST_PATH_BYTES } from '../core/socket-file.ts';
import type { StartedSurface, Surface } from '../core/surface.ts';
import { hashOf } from '../core/token-secret.ts';

/** Where the sockets are. */
export interface RpcOptions {
  /** Directory for those whose own path would be too long; that of the user's runtime files. */
  readonly runtimeDirectory: string;
}

/** A surface that listens, on a socket for each project. */
export interface StartedRpc extends StartedSurface {
  /** The address for each project, by its name. */
  readonly byProject: Readonly<Record<string, string>>;
}

/** The surface. */
export const rpcSurface: Surface<RpcOptions, StartedRpc> = { name: 'rpc', start };

async function start(core: ServerCore, { runtimeDirectory }: RpcOptions): Promise<StartedRpc> {
  const sockets: { readonly project: string; readonly path: string; close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sockets.map((socket) => socket.close()));
  };
  try {
    for (const project of core.projects.all) {
      const path = pathFor(project, runtimeDirectory);
      sockets.push({ project: project.name, path, close: await listen(core, project, path) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const byProject = Object.fromEntries(
    sockets.map(({ project, path }) => [project, `unix:${path}`]),
  );
  return { addresses: Object.values(byProject), byProject, close };
}

/** Serves a project at a path; gives the function that ends it. */
async function listen(
  core: ServerCore,
  project: Project,
  path: string,
): Promise<() => Promise<void>> {
  const end = new AbortController();
  const open = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const session = serve(core, project, socket, end.signal).finally(() => open.delete(session));
    open.add(session);
  });
  server.on('error', (error) => core.logger.error('The JSON-RPC socket failed.', { error }));
  await listenAt(server, path);
  return async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    end.abort();
    await Promise.all(open);
    await closed;
  };
}

async function serve(
  core: ServerCore,
  project: Project,
  socket: Socket,
  signal: AbortSignal,
): Promise<void> {
  const requestId = core.newRequestId();
  const began = performance.now();
  socket.on('error', () => undefined);
  let problem: unknown;
  try {
    await serveSession({
      ...{
        afs: project.afs,
        input: socket,
        output: socket,
        version: core.version,
        readOnly: false,
      },
      gate: gateFor(core, project, OWNER),
      signal,
    });
  } catch (error) {
    problem = error;
  }
  socket.end();
  const ms = Math.round(performance.now() - began);
  core.logger.info('session', {
    ...{ surface: 'rpc', requestId, project: project.name, ms },
    ...(problem !== undefined && { error: problem }),
  });
}

/** Beside the store, where commands in a sandbox do not see it; elsewhere if that is too long. */
function pathFor({ afs }: Project, runtimeDirectory: string): string {
  const own = join(afs.basePath, '.agentfs', 'rpc.sock');
  if (Buffer.byteLength(own) <= MOST_PATH_BYTES) return own;
  const digest = hashOf(afs.basePath).toString('hex').slice(0, 16);
  return join(runtimeDirectory, 'agentfs', `${digest}.sock`);
}
