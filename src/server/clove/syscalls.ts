/** All calls by their numbers, and how a frame becomes a reply. */

import type { Frame } from '../../neighbours/clove/frame.ts';
import { OPCODES, type OpcodeName } from '../../neighbours/clove/opcodes.ts';
import type { Agent } from './agent.ts';
import { KILL, LIST, PAUSE, RESUME, SPAWN } from './agent-calls.ts';
import type { Answer, Call, Handler } from './call.ts';
import { EXEC } from './command-calls.ts';
import { EMIT, POLL_EVENTS, SUBSCRIBE, UNSUBSCRIBE } from './event-calls.ts';
import { READ, WRITE } from './file-calls.ts';
import { HTTP } from './http-call.ts';
import type { Kernel } from './kernel.ts';
import { ASYNC_POLL, GET_AUDIT_LOG, HELLO, SET_AUDIT_CONFIG } from './kernel-calls.ts';
import { BROADCAST, RECV, REGISTER, SEND } from './message-calls.ts';
import {
  METRICS_AGENT,
  METRICS_ALL_AGENTS,
  METRICS_CGROUP,
  METRICS_SYSTEM,
} from './metrics-calls.ts';
import { GET_PERMS, SET_PERMS } from './permission-calls.ts';
import { parseRequest, Refusal } from './request.ts';
import { DELETE, FETCH, KEYS, STORE } from './state-calls.ts';
import { LLM_REPORT, THINK } from './think-call.ts';

/** The calls whose requests and replies are JSON. */
const HANDLERS: Readonly<Record<Exclude<OpcodeName, 'NOOP' | 'EXIT'>, Handler>> = {
  ...{ THINK, EXEC, READ, WRITE, SPAWN, KILL, LIST, PAUSE, RESUME, SEND, RECV, BROADCAST },
  ...{ REGISTER, STORE, FETCH, DELETE, KEYS, GET_PERMS, SET_PERMS, HTTP, SUBSCRIBE, UNSUBSCRIBE },
  ...{ POLL_EVENTS, EMIT, GET_AUDIT_LOG, SET_AUDIT_CONFIG, ASYNC_POLL, METRICS_SYSTEM },
  ...{ METRICS_AGENT, METRICS_ALL_AGENTS, METRICS_CGROUP, LLM_REPORT, HELLO },
};

interface KnownCall {
  readonly name: string;
  readonly handler: Handler;
}

const BY_OPCODE: ReadonlyMap<number, KnownCall> = new Map(
  Object.entries(HANDLERS).map(([name, handler]) => [
    OPCODES[name as OpcodeName],
    { name, handler },
  ]),
);

/** What other kernels have besides, for a reply that says so. */
const LEFT_OUT: Readonly<Record<number, string>> = {
  ...{ 81: 'DOWNLOAD', 112: 'RECORD_START', 113: 'RECORD_STOP', 114: 'RECORD_STATUS' },
  ...{ 115: 'REPLAY_START', 116: 'REPLAY_STATUS', 129: 'TASK_ASSIGN', 130: 'TASK_STATUS' },
  ...{ 131: 'TASK_COMPLETE', 132: 'TASK_LIST', 146: 'SET_QUOTA', 160: 'WORLD_CREATE' },
  ...{ 161: 'WORLD_DESTROY', 162: 'WORLD_LIST', 163: 'WORLD_JOIN', 164: 'WORLD_LEAVE' },
  ...{ 165: 'WORLD_EVENT', 166: 'WORLD_STATE', 167: 'WORLD_SNAPSHOT', 168: 'WORLD_RESTORE' },
  ...{ 176: 'TUNNEL_CONNECT', 177: 'TUNNEL_DISCONNECT', 178: 'TUNNEL_STATUS' },
  ...{ 179: 'TUNNEL_LIST_REMOTES', 180: 'TUNNEL_CONFIG' },
};

const GOODBYE = Buffer.from('goodbye');
const MOST_RESULTS = 1000;

/** Answers one frame of an agent; at once where nothing has to be waited for. Never throws. */
export function replyTo(
  kernel: Kernel,
  agent: Agent,
  { opcode, payload }: Frame,
): Buffer | Promise<Buffer> {
  agent.statistics.syscalls += 1;
  if (opcode === OPCODES.NOOP) return payload;
  if (opcode === OPCODES.EXIT) return GOODBYE;
  const known = BY_OPCODE.get(opcode);
  if (known === undefined) {
    const name = LEFT_OUT[opcode] ?? `0x${opcode.toString(16).padStart(2, '0')}`;
    return encode({ success: false, error: `not supported: ${name}` });
  }
  kernel.record(agent, 'SYSCALL', known.name, {});
  try {
    // A list of agents needs no request, and is asked for with anything.
    const request = parseRequest(opcode === OPCODES.LIST ? Buffer.alloc(0) : payload);
    const call = { kernel, agent, request };
    const isAsync = known.handler.canBeAsync === true && request.value('async') === true;
    if (isAsync) return encode(accept(call, known, opcode));
    const answer = known.handler.answer(call);
    return answer instanceof Promise
      ? answer.then(encode, (error: unknown) => encode(refusalOf(kernel, known, error)))
      : encode(answer);
  } catch (error) {
    return encode(refusalOf(kernel, known, error));
  }
}

/** The reply to a frame whose call has failed after all. */
export function refusalTo(kernel: Kernel, { opcode }: Frame, error: unknown): Buffer {
  const known = BY_OPCODE.get(opcode);
  return encode(known === undefined ? { success: false } : refusalOf(kernel, known, error));
}

/** Takes a call on; its reply waits until the agent asks for it. */
function accept(call: Call, known: KnownCall, opcode: number): Answer {
  const { kernel, agent } = call;
  if (agent.results.length >= MOST_RESULTS) throw new Refusal('too many results to fetch first');
  agent.accepted += 1;
  const id = agent.accepted;
  const answered = Promise.resolve().then(() => known.handler.answer(call));
  void answered
    .catch((error: unknown) => refusalOf(kernel, known, error))
    .then((reply) => {
      agent.results.push({
        ...{ request_id: id, opcode, opcode_name: known.name },
        payload: JSON.stringify(reply),
      });
    });
  return { success: true, async: true, request_id: id, status: 'accepted' };
}

function refusalOf(kernel: Kernel, { name, handler }: KnownCall, error: unknown): Answer {
  if (error instanceof Refusal) {
    return { success: false, ...handler.empty, ...error.fields, error: error.message };
  }
  kernel.core.logger.error('A call of an agent failed.', { call: name, error });
  const message = error instanceof Error ? error.message : 'internal error';
  return { success: false, ...handler.empty, error: message };
}

function encode(answer: Answer): Buffer {
  return Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
}
