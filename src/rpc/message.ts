/** The messages of JSON-RPC 2.0: reading those of a client, and making those of a server. */

import { isUtf8 } from 'node:buffer';
import { reportOf } from '../operations/error-report.ts';

/** What a client calls its requests. */
export type RequestId = string | number;

/** A message of a client that makes sense. */
export interface Incoming {
  /** Absent in a notification, which gets no answer. */
  readonly id?: RequestId;
  readonly method: string;
  readonly params: unknown;
}

/** What is wrong with a message, by the numbers of JSON-RPC and of language servers. */
export const RPC_ERROR = {
  parse: -32_700,
  invalidRequest: -32_600,
  unknownMethod: -32_601,
  invalidParams: -32_602,
  failed: -32_000,
  cancelled: -32_800,
} as const;

/** A message that cannot be answered in its own right; the server says why. */
export class MessageError extends Error {
  readonly number: number;
  /** Null when the message had none that could be read. */
  readonly id: RequestId | null;

  constructor(number: number, message: string, id: RequestId | null = null) {
    super(message);
    this.name = 'MessageError';
    this.number = number;
    this.id = id;
  }
}

/**
 * Reads the body of a frame.
 *
 * @returns undefined for an answer: this server asks nothing, so it is about nothing.
 * @throws {MessageError} for what is no JSON, or no message.
 */
export function readMessage(body: Buffer): Incoming | undefined {
  const message = parse(body);
  if (Array.isArray(message)) {
    throw invalid('Batches are not supported: send each message in a frame of its own.');
  }
  if (typeof message !== 'object' || message === null) throw invalid('A message is an object.');
  const { jsonrpc, id, method, params }: Record<string, unknown> = { ...message };
  if (jsonrpc !== '2.0') throw invalid("A message has jsonrpc: '2.0'.", id);
  if (method === undefined && ('result' in message || 'error' in message)) return undefined;
  if (typeof method !== 'string') throw invalid('A message has a method, which is a string.', id);
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    throw invalid('params is an object.', id);
  }
  if (id === undefined) return { method, params: params ?? {} };
  if (!isId(id)) throw invalid('The id of a request is a string or a number.');
  return { id, method, params: params ?? {} };
}

/** The answer to a request that was done. */
export function resultMessage(id: RequestId, result: unknown): object {
  return { jsonrpc: '2.0', id, result };
}

/** The answer to a request that failed. */
export function errorMessage(id: RequestId | null, error: unknown): object {
  const { code, message, hint, details } = reportOf(error);
  if (!(error instanceof MessageError)) {
    const data = { code, hint, details };
    return { jsonrpc: '2.0', id, error: { code: numberOf(code), message, data } };
  }
  const data = { code: 'INVALID_ARGUMENT', hint: 'See docs/OPERATIONS.md.', details: {} };
  return { jsonrpc: '2.0', id: error.id, error: { code: error.number, message, data } };
}

/** Something that the client is told without having asked. */
export function notification(method: string, params: object): object {
  return { jsonrpc: '2.0', method, params };
}

function numberOf(code: string): number {
  if (code === 'INVALID_ARGUMENT') return RPC_ERROR.invalidParams;
  return code === 'ABORTED' ? RPC_ERROR.cancelled : RPC_ERROR.failed;
}

function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw new MessageError(RPC_ERROR.parse, 'The body of a frame is not UTF-8.');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new MessageError(RPC_ERROR.parse, 'The body of a frame is not JSON.');
  }
}

function isId(id: unknown): id is RequestId {
  return typeof id === 'string' || typeof id === 'number';
}

function invalid(message: string, id?: unknown): MessageError {
  return new MessageError(RPC_ERROR.invalidRequest, message, isId(id) ? id : null);
}
