/** What surfaces over HTTP ask of a request: who sends it, and what is in it. */

import type { HttpBindings } from '@hono/node-server';
import { AgentFSError } from '../../index.ts';
import type { Principal } from '../core/access.ts';
import type { ServerCore } from '../core/server-core.ts';
import { parseStrictBytes } from '../core/strict-json.ts';

/** What a handler finds in `context.env`. */
export interface HttpEnv extends HttpBindings {
  /** Names the request in the log and in the header `X-Request-Id`. */
  readonly requestId: string;
}

/** The token of a request, undefined when it brings none. */
export function bearerOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  return bearerIn(headers.get('authorization'));
}

/** The token in a header. */
export function bearerIn(header: string | null | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
}

/** The address that a request comes from. */
export function addressOf({ incoming }: HttpEnv): string {
  return incoming.socket.remoteAddress ?? '';
}

/**
 * Who sends a request; counted against a rate.
 *
 * @param token - default the bearer of the request.
 * @throws {AgentFSError} UNAUTHENTICATED, PERMISSION_DENIED, RATE_LIMITED.
 */
export function principalOf(
  core: ServerCore,
  request: Request,
  env: HttpEnv,
  token: string | undefined = bearerOf(request),
): Principal {
  return core.enter({ token, address: addressOf(env) });
}

/** For `onError` of an app: the server around it answers. */
export function rethrow(error: unknown): never {
  throw error;
}

/**
 * The body of a request as an object; an empty one for an empty body.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for what {@link parseStrictBytes} refuses, and what is no
 *   object; EFBIG when it is longer than the server takes.
 */
export async function readJson(request: Request): Promise<Record<string, unknown>> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength === 0) return {};
  const value = parseStrictBytes(bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new AgentFSError('INVALID_ARGUMENT', 'The body of a request is a JSON object.');
}
