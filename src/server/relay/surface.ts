/** The daemon as the relay of a fleet: calls over HTTP, and agents and kernels over WebSockets. */

import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { AgentFSError } from '../../index.ts';
import type { Kernel } from '../clove/kernel.ts';
import type { ServerCore } from '../core/server-core.ts';
import type { StartedSurface, Surface } from '../core/surface.ts';
import { boundedServer, listen, urlOf } from '../http/bounded-server.ts';
import { openHttp, requireWelcome } from '../http/open-http.ts';
import { answerOf, fleetApp } from './app.ts';
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

/** The door for WebSockets. */
interface Sockets {
  readonly http: Server;
  readonly server: WebSocketServer;
}

/** A payload of 1 MiB in base64, and what stands around it. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
const LOOK_MS = 30_000;

/** Speaks with fleet clients, agents afar and their kernels. */
export const relaySurface: Surface<RelayOptions> = { name: 'relay', start };

async function start(core: ServerCore, options: RelayOptions): Promise<StartedSurface> {
  const { kernel, host = '127.0.0.1', apiPort, socketPort } = options;
  const fleet = new Fleet(core, new LocalKernel(kernel));
  const sockets = await openSockets(fleet, host, socketPort);
  try {
    const shared = { surface: 'relay', host, port: apiPort, answerOf };
    const http = await openHttp(core, shared, fleetApp(fleet));
    return {
      addresses: [...http.addresses, urlOf(sockets.http, 'ws', host)],
      close: async () => {
        await Promise.all([http.close(), closeSockets(sockets)]);
      },
    };
  } catch (error) {
    await closeSockets(sockets);
    throw error;
  }
}

async function openSockets(fleet: Fleet, host: string, port: number): Promise<Sockets> {
  const http = boundedServer(fleet.core.connections);
  http.on('request', (_, answer) => answer.writeHead(426, { Upgrade: 'websocket' }).end());
  await listen(http, { host, port });
  const server = new WebSocketServer({
    ...{ server: http, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false },
    verifyClient: ({ req }: { readonly req: IncomingMessage }) => isWelcome(fleet, req, host),
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
  server.on('error', (error) => fleet.core.logger.error('The relay failed.', { error }));
  return { http, server };
}

function isWelcome({ core }: Fleet, request: IncomingMessage, host: string): boolean {
  try {
    requireWelcome(core, request, host);
    return true;
  } catch (error) {
    if (error instanceof AgentFSError) return false;
    throw error;
  }
}

async function closeSockets({ http, server }: Sockets): Promise<void> {
  const gone = [...server.clients].map((socket) => {
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close(1001);
    setTimeout(() => socket.terminate(), 1000).unref();
    return closed;
  });
  await Promise.all(gone);
  server.close();
  const closed = once(http, 'close');
  http.close();
  http.closeAllConnections();
  await closed;
}
