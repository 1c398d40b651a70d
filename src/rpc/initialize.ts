/** The first request of a session: what the server is, and what it can do. */

import * as z from 'zod';
import { AgentFSError, type EventName } from '../index.ts';
import { invalidInput } from '../operations/invalid-input.ts';
import { offeredOperations } from '../operations/table.ts';
import { isEventName } from './event-feed.ts';

/** Grows when clients have to change; what is only added does not count. */
const PROTOCOL_VERSION = 1;

/** What the client says of itself and wants. */
const params = z.strictObject({
  protocolVersion: z.int().optional(),
  client: z.looseObject({ name: z.string(), version: z.string().optional() }).optional(),
  events: z.array(z.string()).default([]).describe('What to tell of, by $/event.'),
  outputWindow: z
    .int()
    .min(1)
    .optional()
    .describe('Messages of a command that may be sent before $/taken tells of some.'),
  schemas: z.boolean().default(false).describe('Describes input and output of each operation.'),
});

/** Whether a client asks to be told of events. */
export function wantsEvents(given: unknown): boolean {
  const { events }: { readonly events?: unknown } = { ...Object(given) };
  return Array.isArray(events) && events.length > 0;
}

/** What is said of the server. */
export interface ServerDescription {
  readonly version: string;
  readonly base: string;
  readonly readOnly: boolean;
}

/**
 * Answers `initialize`.
 *
 * @returns the answer, the events that the client wants, and how many `$/output` may be open.
 * @throws {AgentFSError} INVALID_ARGUMENT for a version or an event that this server does not know.
 */
export function initialize(
  given: unknown,
  { version, base, readOnly }: ServerDescription,
): {
  readonly answer: object;
  readonly events: readonly EventName[];
  readonly outputWindow: number;
} {
  const parsed = params.safeParse(given);
  if (!parsed.success) throw invalidInput(parsed.error, given);
  const { protocolVersion = PROTOCOL_VERSION, schemas } = parsed.data;
  if (protocolVersion !== PROTOCOL_VERSION) {
    throw unknown(`Version ${protocolVersion} of the protocol`, `It speaks ${PROTOCOL_VERSION}.`);
  }
  const events = parsed.data.events.filter(isEventName);
  const stranger = parsed.data.events.find((name) => !isEventName(name));
  if (stranger !== undefined) throw unknown(`The event '${stranger}'`, 'See docs/OPERATIONS.md.');
  const operations = offeredOperations(readOnly).map((operation) => {
    const { name, title, summary, effect, idempotent } = operation;
    const short = { name, title, summary, effect, idempotent };
    if (!schemas) return short;
    const input = z.toJSONSchema(operation.input, { io: 'input' });
    return { ...short, input, output: z.toJSONSchema(operation.output) };
  });
  const server = { name: 'agentfs', version };
  return {
    answer: { protocolVersion: PROTOCOL_VERSION, server, base, readOnly, operations },
    events,
    outputWindow: parsed.data.outputWindow ?? Number.POSITIVE_INFINITY,
  };
}

function unknown(what: string, hint: string): AgentFSError {
  return new AgentFSError('INVALID_ARGUMENT', `${what} is not known to this server.`, { hint });
}
