/** Connections that go on in another protocol than HTTP. */

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a connection becomes. */
export interface Upgraded {
  readonly protocol: string;
  /** Takes it over, until its end; a rejection goes to the log. */
  serve(socket: Duplex): Promise<void>;
}

/** Decides what becomes of a connection; what it throws is answered as to any request. */
export type Upgrade = (incoming: IncomingMessage) => Upgraded;

/** Sends what has come behind the request to whoever reads next, and lets the protocol begin. */
export function switchProtocols(socket: Duplex, head: Buffer, { protocol }: Upgraded): void {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${protocol}`];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
}

/** Answers a request to go on in another protocol with plain HTTP. */
export async function answerPlainly(
  incoming: IncomingMessage,
  socket: Duplex,
  answer: Response,
): Promise<void> {
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  const body = Buffer.from(await answer.arrayBuffer());
  const headers = { ...Object.fromEntries(answer.headers), 'Content-Length': body.length };
  // Every socket of a server is one of node:net; the type allows for others.
  response.assignSocket(socket as never);
  response.writeHead(answer.status, headers);
  response.end(body, () => socket.end());
}
