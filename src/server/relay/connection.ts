/** One connection to the relay: an agent that works from afar, or a kernel on another machine. */

import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { AgentFSError } from '../../index.ts';
import { MAX_PAYLOAD_BYTES } from '../../neighbours/clove/frame.ts';
import { Refusal } from '../clove/request.ts';
import { type Principal, requireDaemonAdmin, requireScope } from '../core/access.ts';
import { machineTokenName } from './app.ts';
import type { Fleet, RemoteAgent } from './fleet.ts';
import { RemoteKernel } from './remote-kernel.ts';
import { bytesIn, type Message, numberIn, readMessage, send, textIn } from './wire.ts';

/** Whoever connects has to say within this who it is. */
const AUTH_MS = 10_000;
const MOST_NAME_BYTES = 255;
/** Calls of one agent that wait here before no more are read. */
const MOST_WAITING = 64;
const POLICY_VIOLATION = 1008;

/** What one that has said who it is may send. */
type Handle = (message: Message) => void;

/** Serves a connection until it ends. */
export function serveRelay(fleet: Fleet, socket: WebSocket, request: IncomingMessage): void {
  const address = request.socket.remoteAddress ?? '';
  const timer = setTimeout(() => socket.terminate(), AUTH_MS).unref();
  let handle: Handle | undefined;
  socket.on('close', () => clearTimeout(timer));
  // What a client does to its own connection is no error of ours.
  socket.on('error', () => undefined);
  socket.on('message', (data: RawData) => {
    try {
      const message = readMessage(data.toString());
      if (message['type'] === 'ping') send(socket, { type: 'pong' });
      else if (handle !== undefined) handle(message);
      else {
        handle = authenticate(fleet, socket, message, address);
        clearTimeout(timer);
      }
    } catch (error) {
      const type = handle === undefined ? 'auth_error' : 'error';
      send(socket, { type, error: textOf(fleet, error) });
      socket.close(POLICY_VIOLATION);
    }
  });
}

/** @throws {AgentFSError} {Refusal} for somebody who may not come. */
function authenticate(fleet: Fleet, socket: WebSocket, message: Message, address: string): Handle {
  const type = textIn(message, 'type');
  const token = textIn(message, 'token');
  const credentials = { token: token === '' ? undefined : token, address };
  const principal = fleet.core.enter(credentials);
  if (type === 'agent_auth') return enterAgent(fleet, socket, message, principal);
  if (type === 'kernel_auth') return enterKernel(fleet, socket, message, { principal, address });
  throw new AgentFSError('INVALID_ARGUMENT', 'Say first who you are: agent_auth or kernel_auth');
}

function enterAgent(
  fleet: Fleet,
  socket: WebSocket,
  message: Message,
  principal: Principal,
): Handle {
  requireScope(principal, 'run');
  fleet.admit(principal);
  const name = textIn(message, 'name');
  if (name === '' || Buffer.byteLength(name) > MOST_NAME_BYTES) {
    throw new AgentFSError('INVALID_ARGUMENT', 'name is required, of at most 255 bytes');
  }
  const link = fleet.link(textIn(message, 'target_machine'));
  const agentId = link.enter(name);
  const agent: RemoteAgent = {
    ...{ agentId, name, link, calls: 0 },
    disconnect: () => socket.close(),
    onKernelGone: () => {
      send(socket, { type: 'kernel_disconnected', machine_id: link.machineId });
      socket.close();
    },
  };
  fleet.enter(agent);
  socket.on('close', () => fleet.leave(agent));
  send(socket, { type: 'auth_ok', agent_id: agentId, target_machine: link.machineId });
  return callsOf(fleet, socket, agent);
}

/** The calls of an agent are answered one after the other. */
function callsOf(fleet: Fleet, socket: WebSocket, agent: RemoteAgent): Handle {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  const answer = async (message: Message): Promise<void> => {
    try {
      const request = requestIn(message);
      const reply = await agent.link.call(agent.agentId, request);
      const { opcode } = request;
      send(socket, { type: 'response', opcode, payload: reply.toString('base64') });
    } catch (error) {
      send(socket, { type: 'error', error: textOf(fleet, error) });
    }
    waiting -= 1;
    if (socket.isPaused) socket.resume();
  };
  return (message) => {
    agent.calls += 1;
    waiting += 1;
    // Until it was given some replies, nothing more is taken from it.
    if (waiting > MOST_WAITING) socket.pause();
    last = last.then(() => answer(message));
  };
}

/** @throws {AgentFSError} INVALID_ARGUMENT, EFBIG. */
function requestIn(message: Message): { readonly opcode: number; readonly payload: Buffer } {
  const opcode = numberIn(message, 'opcode');
  const payload = bytesIn(message, 'payload');
  if (textIn(message, 'type') !== 'syscall' || opcode === undefined || opcode > 0xff) {
    throw new AgentFSError('INVALID_ARGUMENT', 'Not a syscall');
  }
  if (payload.length <= MAX_PAYLOAD_BYTES) return { opcode, payload };
  throw new AgentFSError('EFBIG', `A payload has at most ${MAX_PAYLOAD_BYTES} bytes`);
}

function enterKernel(
  fleet: Fleet,
  socket: WebSocket,
  message: Message,
  { principal, address }: { readonly principal: Principal; readonly address: string },
): Handle {
  const machineId = textIn(message, 'machine_id');
  const isItself = principal.name === machineTokenName(machineId);
  if (!isItself) requireDaemonAdmin(principal);
  const kernel = new RemoteKernel(fleet.core, socket, machineId);
  fleet.connect(kernel, address);
  socket.on('close', () => {
    fleet.disconnect(kernel);
    kernel.end();
  });
  send(socket, { type: 'auth_ok', machine_id: machineId });
  return (each) => {
    const agentId = numberIn(each, 'agent_id');
    if (each['type'] === 'list_remotes') {
      send(socket, { type: 'remote_list', agents: kernel.agents });
    } else if (each['type'] === 'response' && agentId !== undefined) {
      kernel.answer({ agentId, payload: bytesIn(each, 'payload') });
    }
  };
}

/** What a client is told of an error. */
function textOf({ core }: Fleet, error: unknown): string {
  if (error instanceof Refusal || error instanceof AgentFSError) return error.message;
  core.logger.error('A message to the relay failed.', { error });
  return 'Internal server error';
}
