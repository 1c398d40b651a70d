/** Serves clients of the Model Context Protocol over HTTP, at `/mcp`. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { Holdings } from '../operations/holdings.ts';
import { type GuardOptions, guardOf, refuse } from './http-guard.ts';
import type { McpOptions } from './mcp-options.ts';
import { mcpServers } from './server.ts';

/** Where to listen, to whom, and for how long. */
export interface McpHttpOptions extends Omit<McpOptions, 'holdings'>, GuardOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** Told once the server can be reached. */
  readonly onListening: (url: string) => void;
}

const PATH = '/mcp';
/** 10 MiB of content in base64, and what stands around it. */
const MAX_BODY_BYTES: number = 16 * 1024 * 1024;

/**
 * Serves until `signal` fires; what is still running then is stopped.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a group of tools that there is not; what node throws
 *   when the address cannot be had.
 */
export async function serveMcpHttp(options: McpHttpOptions): Promise<void> {
  const { host, port, signal, onListening } = options;
  const holdings = new Holdings();
  const handler = createMcpHandler(mcpServers({ ...options, holdings }), {
    maxRequestBodySize: MAX_BODY_BYTES,
  });
  const answer = toNodeHandler(handler);
  const letsIn = guardOf(options);
  const server = createServer((request, response) => {
    if (!letsIn(request, response)) return;
    const [path] = (request.url ?? '').split('?');
    if (path === PATH) void answer(whole(request), response);
    else refuse(response, 404);
  });
  server.listen(port, host);
  await once(server, 'listening', { signal });
  onListening(urlOf(server, host));
  if (!signal.aborted) await once(signal, 'abort');
  server.close();
  await handler.close();
  server.closeAllConnections();
  await holdings.end();
}

/** What a server is asked has both; of a client's answers the same class has neither. */
function whole(request: IncomingMessage): IncomingMessage & { method: string; url: string } {
  const { method = 'GET', url = '/' } = request;
  return Object.assign(request, { method, url });
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${PATH}`;
}
