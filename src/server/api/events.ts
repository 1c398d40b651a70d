/** The events of the daemon over HTTP: by pages with a cursor, or as they happen. */

import { AgentFSError } from '../../index.ts';
import { type Principal, reaches } from '../core/access.ts';
import type { EventQuery, ServerEvent } from '../core/event-log.ts';
import type { ServerCore } from '../core/server-core.ts';

/** What is asked for, as it stands in the address. */
export interface EventParameters {
  /** The cursor; default the beginning for a page, and now for following. */
  readonly after: string | undefined;
  /** Separated by commas; default all. */
  readonly types: string | undefined;
  /** Default 100. */
  readonly limit: string | undefined;
}

const MOST = 1000;
/** So that whoever has gone is noticed, and nothing on the way takes the line for dead. */
const SIGN_OF_LIFE_MS = 15_000;

/**
 * A page of events, the oldest first, and the cursor behind it.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT.
 */
export function readEvents(
  core: ServerCore,
  principal: Principal,
  parameters: EventParameters,
): object {
  const { events, cursor } = core.events.read(queryOf(principal, parameters, 0));
  return { events: events.map(eventForm), cursor };
}

/**
 * Events as they happen, as `text/event-stream`; the id of each is the cursor behind it.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT.
 */
export function followEvents(
  core: ServerCore,
  principal: Principal,
  parameters: EventParameters,
  signal: AbortSignal,
): Response {
  const query = queryOf(principal, parameters, core.events.newest);
  let cursor = query.after;
  let nextSign = performance.now() + SIGN_OF_LIFE_MS;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    for (;;) {
      const page = core.events.read({ ...query, after: cursor });
      cursor = page.cursor;
      if (page.events.length > 0) {
        controller.enqueue(Buffer.from(page.events.map(eventText).join('')));
        return;
      }
      if (signal.aborted || core.stopping.aborted) return controller.close();
      const left = AbortSignal.timeout(Math.max(1, Math.ceil(nextSign - performance.now())));
      await core.events.waitAfter(cursor, AbortSignal.any([signal, core.stopping, left]));
      if (performance.now() < nextSign) continue;
      nextSign = performance.now() + SIGN_OF_LIFE_MS;
      controller.enqueue(Buffer.from(': \n\n'));
      return;
    }
  };
  return new Response(new ReadableStream<Uint8Array>({ pull }), {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
  });
}

function queryOf(
  principal: Principal,
  { after, types, limit }: EventParameters,
  from: number,
): EventQuery {
  return {
    after: numberOf('after', after, Number.MAX_SAFE_INTEGER) ?? from,
    reader: principal.id,
    isHidden: (event) => isOfOthers(principal, event),
    ...(types !== undefined && { types: new Set(types.split(',')) }),
    limit: numberOf('limit', limit, MOST) ?? 100,
  };
}

/** Whether an event is about what a principal of one project or some workspaces does not reach. */
function isOfOthers(principal: Principal, { source, target, data }: ServerEvent): boolean {
  if (target === principal.id || source === principal.id) return false;
  return !reaches(principal, { project: data['project'], workspace: data['workspace'] });
}

function numberOf(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value <= most) return value;
  throw new AgentFSError('INVALID_ARGUMENT', `${name} is a number from 0 to ${most}.`);
}

function eventForm({ number, time, type, source, data }: ServerEvent): object {
  return { number, time: new Date(time).toISOString(), type, source, data };
}

function eventText(event: ServerEvent): string {
  // A type cannot hold a line end: it would begin another field.
  const type = event.type.replace(/[\r\n]/g, ' ');
  return `id: ${event.number}\nevent: ${type}\ndata: ${JSON.stringify(eventForm(event))}\n\n`;
}
