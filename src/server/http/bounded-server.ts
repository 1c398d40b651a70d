/** A server over HTTP that waits for nobody for long: what all surfaces listen with. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { AgentFSError } from '../../index.ts';
import type { ConnectionBounds } from '../core/limits.ts';

/** Where it listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

const MAX_HEADER_BYTES: number = 16 * 1024;
const CHECK_EVERY_MS = 1000;

/** Makes one that does not listen yet. */
export function boundedServer({ headerMs, requestMs, most }: ConnectionBounds): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headerMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headerMs),
  });
  server.maxConnections = most;
  server.on('clientError', refuseGarbage);
  return server;
}

/**
 * Listens.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT when the port cannot be had.
 */
export async function listen(server: Server, { port, host }: ListenOptions): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const taken = Reflect.get(Object(cause), 'code') === 'EADDRINUSE';
    const reason = taken
      ? 'another program uses this port'
      : String(cause instanceof Error ? cause.message : cause);
    throw new AgentFSError('INVALID_ARGUMENT', `Cannot listen on ${host}:${port}: ${reason}.`, {
      hint: 'Choose another port, such as --api 0 or --port 0 for any that is free.',
      cause,
    });
  }
}

/** Where it is reached. */
export function urlOf(server: Server, scheme: 'http' | 'ws', host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What is no HTTP is told so, if it can be, and is cut off. */
function refuseGarbage(error: Error & { readonly code?: string }, socket: Socket): void {
  const status =
    {
      HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
      ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
    }[error.code ?? ''] ?? '400 Bad Request';
  if (socket.writable) {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
  socket.destroySoon();
}
