/**
 * A server over HTTP for one surface: bounds on what comes in, whom it lets in, a name for each
 * request, one line in the log, and an orderly end. What a request means is the surface's business.
 */

import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { AgentFSError } from '../../index.ts';
import { reportOf } from '../../operations/error-report.ts';
import { plainAddress } from '../core/addresses.ts';
import type { ServerCore } from '../core/server-core.ts';
import type { StartedSurface } from '../core/surface.ts';
import { boundedServer, type ListenOptions, listen, urlOf } from './bounded-server.ts';
import { limitBody } from './limit-body.ts';
import { requireOwnOrigin } from './origin.ts';
import { HttpRefusal } from './refusal.ts';
import type { HttpEnv } from './request.ts';
import { headersOf, statusOf } from './status.ts';
import { answerPlainly, switchProtocols, type Upgrade, type Upgraded } from './upgrade.ts';

/** What is answered in place of what was asked for. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: object;
}

/** Where a surface listens, and what it takes. */
export interface HttpOptions extends ListenOptions {
  /** The name of the surface, for the log. */
  readonly surface: string;
  /** Default 16 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** An error in the words of the surface; default those of the API. */
  readonly answerOf?: ((error: unknown) => ErrorAnswer) | undefined;
  /** Takes over connections that ask to go on in another protocol; default they are not heard. */
  readonly upgrade?: Upgrade | undefined;
}

/** What a surface does with a request: a Hono application has this shape. */
export interface HttpHandler {
  fetch(request: Request, env: HttpEnv): Response | Promise<Response>;
}

const MAX_BODY_BYTES: number = 16 * 1024 * 1024;
/** What is under way at the end may take so long. */
const GRACE_MS = 10_000;

/**
 * Listens, and gives what passes to the handler. Errors that it throws are answered by
 * {@link answerError}.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT when the port cannot be had.
 */
export async function openHttp(
  core: ServerCore,
  options: HttpOptions,
  handler: HttpHandler,
): Promise<StartedSurface> {
  const server = boundedServer(core.connections);
  server.on('request', listenerOf(core, options, handler));
  const upgraded = new Set<Duplex>();
  if (options.upgrade !== undefined) server.on('upgrade', upgraderOf(core, options, upgraded));
  await listen(server, options);
  let closing: Promise<void> | undefined;
  return {
    addresses: [urlOf(server, 'http', options.host)],
    close: () => {
      closing ??= closeServer(server, upgraded);
      return closing;
    },
  };
}

/** An error as the answer of a surface. */
function answerError(error: unknown, { answerOf = plainAnswer }: HttpOptions): Response {
  const { status, body } = answerOf(error);
  const headers = { 'Content-Type': 'application/json', ...headersOf(error) };
  return new Response(JSON.stringify(body), { status, headers });
}

/** What nobody has foreseen may say what is not for strangers. */
function plainAnswer(error: unknown): ErrorAnswer {
  const status = statusOf(error);
  const isForeseen = error instanceof AgentFSError || status < 500;
  return { status, body: reportOf(isForeseen ? error : new Error('Internal server error')) };
}

function listenerOf(
  core: ServerCore,
  options: HttpOptions,
  handler: HttpHandler,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const { surface, host, maxBodyBytes = MAX_BODY_BYTES } = options;
  const names = new WeakMap<IncomingMessage, string>();
  const failed = (error: unknown, requestId: string): Response => {
    const answered = answerError(error, options);
    if (answered.status >= 500 && !(error instanceof HttpRefusal)) {
      core.logger.error('A request failed.', { surface, requestId, error });
    }
    return answered;
  };
  const answer = getRequestListener(
    async (request, bindings) => {
      const { incoming, outgoing } = bindings as Pick<HttpEnv, 'incoming' | 'outgoing'>;
      const requestId = names.get(incoming) ?? '';
      try {
        requireWelcome(core, incoming, host);
        countStranger(core, incoming);
        const limited = limitBody(request, incoming, maxBodyBytes);
        return await handler.fetch(limited, { incoming, outgoing, requestId });
      } catch (error) {
        return failed(error, requestId);
      }
    },
    { overrideGlobalObjects: false, errorHandler: (error) => failed(error, '') },
  );
  return (incoming, outgoing) => {
    const began = performance.now();
    const requestId = core.newRequestId();
    names.set(incoming, requestId);
    outgoing.setHeader('X-Request-Id', requestId);
    outgoing.once('close', () => {
      const client = plainAddress(incoming.socket.remoteAddress ?? '');
      const [path = ''] = (incoming.url ?? '').split('?');
      const { method } = incoming;
      const status = outgoing.writableFinished ? outgoing.statusCode : 499;
      const ms = Math.round(performance.now() - began);
      core.traffic.add(surface, status, ms / 1000);
      core.logger.info('request', { surface, requestId, client, method, path, status, ms });
    });
    void answer(incoming, outgoing);
  };
}

function upgraderOf(
  core: ServerCore,
  options: HttpOptions,
  open: Set<Duplex>,
): (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const { surface, host, upgrade } = options;
  return (incoming, socket, head) => {
    const requestId = core.newRequestId();
    const log = { surface, requestId, client: plainAddress(incoming.socket.remoteAddress ?? '') };
    socket.on('error', () => undefined);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    let upgraded: Upgraded | undefined;
    try {
      requireWelcome(core, incoming, host);
      upgraded = upgrade?.(incoming);
    } catch (error) {
      core.logger.info('upgrade refused', { ...log, status: statusOf(error) });
      void answerPlainly(incoming, socket, answerError(error, options));
    }
    if (upgraded === undefined) return;
    core.logger.info('upgrade', { ...log, protocol: upgraded.protocol });
    switchProtocols(socket, head, upgraded);
    upgraded.serve(socket).catch((error: unknown) => {
      core.logger.info('A connection has ended.', { ...log, error });
    });
  };
}

/**
 * Makes sure that something is to be done for a client, whoever it is.
 *
 * @throws {AgentFSError} PERMISSION_DENIED, CLOSED.
 */
export function requireWelcome(core: ServerCore, incoming: IncomingMessage, host: string): void {
  requireOwnOrigin(incoming, host);
  core.principals.requireAddress(incoming.socket.remoteAddress ?? '');
  if (core.stopping.aborted) throw new AgentFSError('CLOSED', 'The daemon is about to end.');
}

/**
 * What comes without a token is bounded here, and with a wrong one where that is looked at.
 *
 * @throws {AgentFSError} RATE_LIMITED.
 */
function countStranger({ strangers }: ServerCore, { headers, socket }: IncomingMessage): void {
  if (headers.authorization !== undefined || 'x-forwarded-access-token' in headers) return;
  strangers.take(plainAddress(socket.remoteAddress ?? ''));
}

async function closeServer(server: Server, upgraded: Iterable<Duplex>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  }, GRACE_MS);
  await closed;
  clearTimeout(timer);
}
