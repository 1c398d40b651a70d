/** What can go wrong between a client and a server, to be played by the server in tests. */

import type { ServerResponse } from 'node:http';

/** One thing that goes wrong with one request. */
export type Fault =
  /** Refused without being applied; `retryAfter` is the header's text. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Applied at once, answered after a while. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Taken, and never heard of again. */
  | { readonly kind: 'black-hole' }
  /** The connection breaks before anything is applied. */
  | { readonly kind: 'reset-before' }
  /** The connection breaks when everything is applied, before the answer. */
  | { readonly kind: 'reset-after' }
  /** Applied, and half of the answer arrives. */
  | { readonly kind: 'cut-body' }
  /** Delivered twice by something on the way; the client sees the second answer. */
  | { readonly kind: 'replay' }
  /** Another text instead of the answer, with status 200, as from a proxy's login page. */
  | { readonly kind: 'garbage'; readonly text: string }
  /** The answer with something in it changed. */
  | { readonly kind: 'alter'; readonly alter: (answer: string) => string };

/** How often the request is applied to the database. */
export function timesApplied({ kind }: Fault | { readonly kind: 'none' }): number {
  switch (kind) {
    case 'status':
    case 'black-hole':
    case 'reset-before':
    case 'garbage':
      return 0;
    case 'replay':
      return 2;
    case 'none':
    case 'slow':
    case 'reset-after':
    case 'cut-body':
    case 'alter':
      return 1;
  }
}

/** Sends an answer, or what the fault makes of it. */
export function send(response: ServerResponse, answer: string, fault?: Fault): void {
  switch (fault?.kind) {
    case 'status':
      sendStatus(response, fault.status, fault.retryAfter);
      return;
    case 'slow':
      setTimeout(() => sendJson(response, answer), fault.delayMs);
      return;
    case 'black-hole':
      return;
    case 'reset-before':
    case 'reset-after':
      response.socket?.resetAndDestroy();
      return;
    case 'cut-body':
      response.writeHead(200, jsonHeaders(answer));
      response.write(answer.slice(0, answer.length / 2), () => response.socket?.destroy());
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html' }).end(fault.text);
      return;
    case 'alter':
      sendJson(response, fault.alter(answer));
      return;
    case 'replay':
    case undefined:
      sendJson(response, answer);
  }
}

/** Refuses a request as a whole. */
export function sendStatus(response: ServerResponse, status: number, retryAfter?: string): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: `HTTP status ${status}` }));
}

function sendJson(response: ServerResponse, text: string): void {
  response.writeHead(200, jsonHeaders(text)).end(text);
}

function jsonHeaders(text: string): Record<string, string | number> {
  return { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
}
