/** Keeps out browsers that were led here: who is asked for by Host, and who asks by Origin. */

import type { IncomingMessage } from 'node:http';
import { AgentFSError } from '../../index.ts';
import { isLoopback } from '../../primitives/loopback.ts';

const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Makes sure that a request means this server, and does not come from the page of another one.
 *
 * @param listening - the host that the server listens on.
 * @throws {AgentFSError} PERMISSION_DENIED.
 */
export function requireOwnOrigin({ headers }: IncomingMessage, listening: string): void {
  const { host = '', origin } = headers;
  // A name that a stranger has made lead to this machine is none of these.
  if (isLoopback(listening) && !LOCAL_NAMES.has(hostnameOf(`http://${host}`))) {
    throw denied('Host', host);
  }
  if (origin === undefined) return;
  const isLocal = isLoopback(listening) && LOCAL_NAMES.has(hostnameOf(origin));
  if (!isLocal && hostOf(origin) !== host.toLowerCase()) throw denied('Origin', origin);
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function denied(header: string, value: string): AgentFSError {
  const text = `The header ${header} is not allowed: ${JSON.stringify(value.slice(0, 100))}.`;
  return new AgentFSError('PERMISSION_DENIED', text, {
    hint: 'Use the address that the daemon prints at its start.',
  });
}
