/** The daemon as the relay of a fleet: calls over HTTP, and agents and kernels over WebSockets. */

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { AgentFSError } from '../../index.ts';
import type { Kernel } from '../clove/kernel.ts';
import type { ServerCore } from '../core/server-core.ts';
import type { StartedSurface, Surface } from '../core/surface.ts';
import { openHttp } from '../http/open-http.ts';
import { requireOwnOrigin } from '../http/origin.ts';
import { errorBody, fleetApp } from './app.ts';
import { serveRelay } from './connection.ts';
import { Fleet } from './fleet.ts';
import { LocalKernel } from './local-kernel.ts';

/** Where the relay listens, and which kernel of this daemon belongs to it. */
export interface RelayOptions {
  readonly kernel: Kernel;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** For calls over HTTP; 0 for any that is free. */
  readonly apiPort: number;
  /** For WebSockets; 0 for any that is free. */
  readonly socketPort: number;
}

/** A payload of 1 MiB in base64, and what stands around it. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
const MOST_CONNECTIONS = 1000;
const LOOK_MS = 30_000;

/** Speaks with fleet clients, agents afar and their kernels. */
export const relaySurface: Surface<RelayOptions> = { name: 'relay', start };

async function start(core: ServerCore, options: RelayOptions): Promise<StartedSurface> {
  const { kernel, host = '127.0.0.1', apiPort, socketPort } = options;
  const fleet = new Fleet(core, new LocalKernel(kernel));
  const sockets = await openSockets(fleet, host, socketPort);
  try {
    const shared = { surface: 'relay', host, port: apiPort, errorBody };
    const http = await openHttp(core, shared, fleetApp(fleet));
    return {
      addresses: [...http.addresses, urlOf(sockets, host)],
      close: async () => {
        await Promise.all([http.close(), closeSockets(sockets)]);
      },
    };
  } catch (error) {
    await closeSockets(sockets);
    throw error;
  }
}

async function openSockets(fleet: Fleet, host: string, port: number): Promise<WebSocketServer> {
  const server = new WebSocketServer({
    ...{ host, port, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false },
    verifyClient: ({ req }: { readonly req: IncomingMessage }) =>
      isWelcome(fleet, server, req, host),
  });
  // Those that do not answer any more are not there any more.
  const alive = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of server.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, LOOK_MS).unref();
  server.on('close', () => clearInterval(timer));
  server.on('connection', (socket, request) => {
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    serveRelay(fleet, socket, request);
  });
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AgentFSError(
      'INVALID_ARGUMENT',
      `Port ${port} of ${host} cannot be had: ${reason}.`,
      {
        hint: 'Choose another port: agentfs serve --relay 8766,8765.',
      },
    );
  }
  server.on('error', (error) => fleet.core.logger.error('The relay failed.', { error }));
  return server;
}

function isWelcome(
  { core }: Fleet,
  server: WebSocketServer,
  request: IncomingMessage,
  host: string,
): boolean {
  try {
    requireOwnOrigin(request, host);
    core.principals.requireAddress(request.socket.remoteAddress ?? '');
    return server.clients.size < MOST_CONNECTIONS && !core.stopping.aborted;
  } catch (error) {
    if (error instanceof AgentFSError) return false;
    throw error;
  }
}

async function closeSockets(server: WebSocketServer): Promise<void> {
  const gone = [...server.clients].map((socket) => {
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close(1001);
    setTimeout(() => socket.terminate(), 1000).unref();
    return closed;
  });
  await Promise.all(gone);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function urlOf(server: WebSocketServer, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `ws://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
