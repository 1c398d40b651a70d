/** SUBSCRIBE, UNSUBSCRIBE, POLL_EVENTS and EMIT. */

import type { ServerEvent } from '../core/event-log.ts';
import type { Answer, Call, Handler } from './call.ts';
import { Refusal } from './request.ts';

const EVENT_TYPES: readonly string[] = [
  ...['AGENT_SPAWNED', 'AGENT_EXITED', 'AGENT_RESTARTING', 'AGENT_ESCALATED'],
  ...['AGENT_PAUSED', 'AGENT_RESUMED', 'MESSAGE_RECEIVED', 'STATE_CHANGED'],
  ...['SYSCALL_BLOCKED', 'RESOURCE_WARNING', 'CUSTOM'],
];
const MOST_NAMES = 1000;
const USUAL_COUNT = 100;
const MOST_COUNT = 10_000;

export const SUBSCRIBE: Handler = { answer: subscribe, empty: { subscribed: [] } };
export const UNSUBSCRIBE: Handler = { answer: unsubscribe, empty: { unsubscribed: [] } };
export const POLL_EVENTS: Handler = { answer: pollEvents, empty: { events: [], count: 0 } };
export const EMIT: Handler = { answer: emit, empty: { delivered_to: 0 } };

function subscribe(call: Call): Answer {
  const { kernel, agent } = call;
  const names = namesIn(call);
  if (names.length === 0) throw new Refusal('No events specified');
  const { newest } = kernel.core.events;
  if (agent.subscriptions.size === 0) agent.cursor = newest;
  for (const type of names.map(typeOf)) {
    if (!agent.subscriptions.has(type)) agent.subscriptions.set(type, newest);
  }
  return { success: true, subscribed: names };
}

function unsubscribe(call: Call): Answer {
  const { agent, request } = call;
  const names = request.flag('all', false) ? [...agent.subscriptions.keys()] : namesIn(call);
  if (names.length === 0 && !request.has('all')) throw new Refusal('No events specified');
  for (const type of names.map(typeOf)) agent.subscriptions.delete(type);
  return { success: true, unsubscribed: names };
}

function pollEvents({ kernel, agent, request }: Call): Answer {
  const limit = request.count('max', USUAL_COUNT, MOST_COUNT);
  const { subscriptions } = agent;
  if (subscriptions.size === 0 || limit === 0) return { success: true, events: [], count: 0 };
  const { events, cursor } = kernel.core.events.read({
    ...{ after: agent.cursor, reader: agent.id, limit },
    types: new Set(subscriptions.keys()),
    isHidden: ({ type, number }) => number <= (subscriptions.get(type) ?? 0),
  });
  agent.cursor = cursor;
  const now = kernel.core.clock.now();
  const forms = events.map((event) => formOf(event, Math.max(0, now - event.time)));
  return `{"success":true,"events":[${forms.join()}],"count":${forms.length}}`;
}

/** An event in JSON, the data as it is. */
function formOf({ type, source, time, json }: ServerEvent, age: number): string {
  const name = JSON.stringify(type);
  const names = `"type":${name},"event":${name},"event_type":${name}`;
  const when = `"age_ms":${age},"timestamp":${time}`;
  return `{${names},"data":${json},"source_agent_id":${source},${when}}`;
}

/** What the kernel itself tells of cannot be told by an agent: that becomes a custom event. */
function emit({ kernel, agent, request }: Call): Answer {
  const name = request.text('event_type') ?? request.text('event') ?? 'CUSTOM';
  const given = request.value('data') ?? {};
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
  const data: Readonly<Record<string, unknown>> = isRecord ? { ...given } : { value: given };
  const told = name === 'CUSTOM' ? data : { ...data, custom_type: name };
  kernel.tell('CUSTOM', told, { source: agent.id });
  const reached = kernel.agents.filter(({ subscriptions }) => subscriptions.has('CUSTOM'));
  return { success: true, delivered_to: reached.length, event: name };
}

function namesIn({ request }: Call): readonly string[] {
  const one = request.text('event');
  const names = request.texts('event_types') ?? request.texts('events') ?? (one ? [one] : []);
  return names.slice(0, MOST_NAMES);
}

function typeOf(name: string): string {
  return EVENT_TYPES.includes(name) ? name : 'CUSTOM';
}
