/** A kernel on another machine, which has connected to the relay. */

import { posix } from 'node:path';
import type { WebSocket } from 'ws';
import type { Frame } from '../../neighbours/clove/frame.ts';
import { OPCODES } from '../../neighbours/clove/opcodes.ts';
import { Refusal } from '../clove/request.ts';
import type { ServerCore } from '../core/server-core.ts';
import type { DeployedAgent, Deployment, KernelLink } from './kernel-link.ts';
import { send } from './wire.ts';

interface Waiting {
  readonly resolve: (payload: Buffer) => void;
  readonly reject: (error: Refusal) => void;
}

interface EnteredAgent {
  readonly name: string;
  /** Calls that the kernel has not answered, in their order. */
  readonly waiting: Waiting[];
}

/** What a kernel sends for an agent. */
export interface KernelResponse {
  readonly agentId: number;
  readonly payload: Buffer;
}

/** A kernel behind a connection. */
export class RemoteKernel implements KernelLink {
  readonly machineId: string;
  readonly connectedAt: number;
  readonly deployed: DeployedAgent[] = [];
  readonly #socket: WebSocket;
  readonly #core: ServerCore;
  readonly #agents = new Map<number, EnteredAgent>();

  constructor(core: ServerCore, socket: WebSocket, machineId: string) {
    this.#core = core;
    this.#socket = socket;
    this.machineId = machineId;
    this.connectedAt = core.clock.now();
  }

  /** The agents that work on it from afar. */
  get agents(): readonly { readonly agent_id: number; readonly name: string }[] {
    return [...this.#agents].map(([id, { name }]) => ({ agent_id: id, name }));
  }

  enter(name: string): number {
    const { id } = this.#core.principals.connect({ workspace: '' });
    this.#agents.set(id, { name, waiting: [] });
    send(this.#socket, { type: 'agent_connected', agent_id: id, name });
    return id;
  }

  leave(agentId: number): void {
    const agent = this.#agents.get(agentId);
    if (agent === undefined) return;
    this.#agents.delete(agentId);
    this.#core.principals.disconnect(agentId);
    send(this.#socket, { type: 'agent_disconnected', agent_id: agentId, name: agent.name });
    for (const { reject } of agent.waiting) reject(new Refusal('The agent has gone.'));
  }

  call(agentId: number, { opcode, payload }: Pick<Frame, 'opcode' | 'payload'>): Promise<Buffer> {
    const agent = this.#agents.get(agentId);
    if (agent === undefined) return Promise.reject(new Refusal('Agent not found'));
    return new Promise((resolve, reject) => {
      agent.waiting.push({ resolve, reject });
      const message = { type: 'syscall', agent_id: agentId, opcode };
      send(this.#socket, { ...message, payload: payload.toString('base64') });
    });
  }

  /** Takes what the kernel has answered; what nobody waits for is dropped. */
  answer({ agentId, payload }: KernelResponse): void {
    this.#agents.get(agentId)?.waiting.shift()?.resolve(payload);
  }

  /** The connection has ended. */
  end(): void {
    for (const [id, { waiting }] of this.#agents) {
      this.#core.principals.disconnect(id);
      for (const { reject } of waiting)
        reject(new Refusal(`Kernel ${this.machineId} not connected`));
    }
    this.#agents.clear();
  }

  async deploy({ scriptName, content, args }: Deployment): Promise<number> {
    const id = this.enter(`deploy ${scriptName}`);
    try {
      const path = `/tmp/${scriptName}`;
      await this.#ask(id, OPCODES.WRITE, { path, content });
      const { name } = posix.parse(scriptName);
      const reply = await this.#ask(id, OPCODES.SPAWN, { name, script: path, args });
      const agentId = Number(reply['agent_id'] ?? reply['id'] ?? 0);
      this.deployed.push({ agentId, name, isRunning: true, syscalls: 0 });
      return agentId;
    } finally {
      this.leave(id);
    }
  }

  async stop(agentId: number): Promise<boolean> {
    const index = this.deployed.findIndex((each) => each.agentId === agentId);
    if (index < 0) return false;
    const id = this.enter('stop');
    try {
      await this.#ask(id, OPCODES.KILL, { id: agentId });
      this.deployed.splice(index, 1);
      return true;
    } finally {
      this.leave(id);
    }
  }

  /** @throws {Refusal} with what the kernel says. */
  async #ask(
    id: number,
    opcode: number,
    fields: object,
  ): Promise<Readonly<Record<string, unknown>>> {
    const payload = await this.call(id, { opcode, payload: Buffer.from(JSON.stringify(fields)) });
    const reply = parse(payload);
    if (typeof reply['error'] === 'string') throw new Refusal(reply['error']);
    return reply;
  }
}

function parse(payload: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload.toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Refusal('The kernel has sent what is no reply.');
}
