/** SEND, RECV, BROADCAST and REGISTER. */

import type { Agent } from './agent.ts';
import type { Answer, Call, Handler } from './call.ts';
import type { Message } from './mailbox.ts';
import { Refusal } from './request.ts';

const USUAL_COUNT = 10;
const MOST_COUNT = 1000;
const MOST_NAME_BYTES = 255;

export const SEND: Handler = { answer: send, empty: { delivered_to: 0 } };
export const RECV: Handler = { answer: recv, empty: { count: 0, messages: [] } };
export const BROADCAST: Handler = { answer: broadcast, empty: { delivered_count: 0 } };
export const REGISTER: Handler = { answer: register };

function send(call: Call): Answer {
  const to = recipientOf(call);
  const message = messageIn(call);
  if (!deliver(call, to, message)) throw new Refusal(`mailbox full: ${to.name || to.id}`);
  call.agent.statistics.messagesSent += 1;
  call.kernel.record(call.agent, 'IPC', 'SEND', { to: to.id, to_name: to.name });
  return { success: true, delivered_to: to.id };
}

function recv({ kernel, agent, request }: Call): Answer {
  const taken = agent.mailbox.take(request.count('max', USUAL_COUNT, MOST_COUNT));
  agent.statistics.messagesReceived += taken.length;
  const now = kernel.core.clock.now();
  const messages = taken.map(({ from, fromName, message, sentAt }) => ({
    ...{ from, from_id: from, from_name: fromName, message },
    ...{ age_ms: Math.max(0, now - sentAt), timestamp: sentAt },
  }));
  return { success: true, count: messages.length, messages };
}

function broadcast(call: Call): Answer {
  const { kernel, agent, request } = call;
  const includesSelf = request.flag('include_self', false);
  const message = messageIn(call);
  const others = kernel.agents.filter(
    (each) => each.name !== '' && (includesSelf || each.id !== agent.id),
  );
  const reached = others.filter((each) => deliver(call, each, message));
  agent.statistics.messagesSent += reached.length;
  kernel.record(agent, 'IPC', 'BROADCAST', { delivered_count: reached.length });
  return { success: true, delivered_count: reached.length };
}

function register({ kernel, agent, request }: Call): Answer {
  const name = request.requireText('name', 'name required');
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) throw new Refusal('name too long');
  if (name !== agent.name) kernel.update(agent, { name });
  kernel.record(agent, 'IPC', 'REGISTER', { name });
  return { success: true, agent_id: agent.id, name };
}

function recipientOf({ kernel, request }: Call): Agent {
  const id = request.id('to');
  const name = request.text('to_name');
  if (id === undefined && (name === undefined || name === '')) {
    throw new Refusal('target agent required (to or to_name)');
  }
  const found = id === undefined ? kernel.agentNamed(name ?? '') : kernel.agent(id);
  if (found === undefined) throw new Refusal(`target agent not found: ${id ?? name}`);
  return found;
}

function messageIn({ kernel, agent, request }: Call): Message {
  const message = request.value('message') ?? null;
  return {
    ...{ from: agent.id, fromName: agent.name, message, sentAt: kernel.core.clock.now() },
    bytes: Buffer.byteLength(JSON.stringify(message)),
  };
}

function deliver({ kernel, agent }: Call, to: Agent, message: Message): boolean {
  if (!to.mailbox.put(message)) return false;
  if (to.subscriptions.has('MESSAGE_RECEIVED')) {
    const data = { from: agent.id, from_name: agent.name, to: to.id };
    kernel.tell('MESSAGE_RECEIVED', data, { source: agent.id, target: to.id });
  }
  return true;
}
