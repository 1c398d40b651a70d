/** Messages of the relay over WebSockets: JSON text, with bytes in base64. */

import type { WebSocket } from 'ws';
import { parseStrictJson } from '../core/strict-json.ts';

/** What may wait to be read by a client, before it is given up. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

/** A message that came in; its fields are whatever the other side has put there. */
export type Message = Readonly<Record<string, unknown>>;

/** Sends a message; a client that reads none is disconnected. */
export function send(socket: WebSocket, message: object): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > MOST_UNREAD_BYTES) {
    socket.terminate();
    return;
  }
  socket.send(JSON.stringify(message));
}

/**
 * Reads a message.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for what is no JSON, and what is no object.
 */
export function readMessage(text: string): Message {
  const value = parseStrictJson(text);
  return typeof value === 'object' && value !== null ? (value as Message) : {};
}

/** A text field; `''` when it is absent or something else. */
export function textIn(message: Message, name: string): string {
  const value = message[name];
  return typeof value === 'string' ? value : '';
}

/** A number field; undefined when it is absent or no whole number from 0. */
export function numberIn(message: Message, name: string): number | undefined {
  const value = message[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Bytes in base64. */
export function bytesIn(message: Message, name: string): Buffer {
  return Buffer.from(textIn(message, name), 'base64');
}
