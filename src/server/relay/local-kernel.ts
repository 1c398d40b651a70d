/** This daemon's own kernel, for the relay. */

import { hostname } from 'node:os';
import { posix } from 'node:path';
import type { Frame } from '../../neighbours/clove/frame.ts';
import type { Agent } from '../clove/agent.ts';
import { AgentProcess } from '../clove/agent-process.ts';
import type { Kernel } from '../clove/kernel.ts';
import { Refusal } from '../clove/request.ts';
import { replyTo } from '../clove/syscalls.ts';
import type { DeployedAgent, Deployment, KernelLink } from './kernel-link.ts';

const MEMORY_BYTES = 256 * 1024 * 1024;

/** The kernel that is always connected. */
export class LocalKernel implements KernelLink {
  readonly machineId: string;
  readonly connectedAt: number;
  readonly project: string;
  readonly workspace: string;
  readonly #kernel: Kernel;
  readonly #remote = new Map<number, Agent>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.project = kernel.project.name;
    this.workspace = kernel.workspace;
    this.machineId = `local-${hostname()}`;
    this.connectedAt = kernel.core.startedAt;
  }

  get deployed(): readonly DeployedAgent[] {
    return this.#kernel.started.map(({ agent, program }) => ({
      agentId: agent.id,
      name: program.name,
      isRunning: program.state === 'RUNNING' || program.state === 'PAUSED',
      syscalls: agent.statistics.syscalls,
    }));
  }

  enter(name: string): number {
    const agent = this.#kernel.connect({ name });
    this.#remote.set(agent.id, agent);
    return agent.id;
  }

  leave(agentId: number): void {
    const agent = this.#remote.get(agentId);
    this.#remote.delete(agentId);
    if (agent !== undefined) this.#kernel.disconnect(agent);
  }

  async call(
    agentId: number,
    { opcode, payload }: Pick<Frame, 'opcode' | 'payload'>,
  ): Promise<Buffer> {
    const agent = this.#remote.get(agentId);
    if (agent === undefined) throw new Refusal('Agent not found');
    return replyTo(this.#kernel, agent, { agentId, opcode, payload });
  }

  /** What comes from afar runs in the strictest sandbox, or not at all. */
  async deploy({ scriptName, content, args }: Deployment): Promise<number> {
    const parent = this.#kernel.connect();
    try {
      const { agent } = await AgentProcess.start(this.#kernel, parent, {
        ...{ name: this.#freeName(posix.parse(scriptName).name), args, interpreter: undefined },
        script: { name: scriptName, content: Buffer.from(content) },
        ...{ sandbox: 'restricted', limits: { memoryBytes: MEMORY_BYTES } },
        restart: { policy: 'never' },
      });
      return agent.id;
    } finally {
      this.#kernel.disconnect(parent);
    }
  }

  async stop(agentId: number): Promise<boolean> {
    const found = this.#kernel.started.find(({ agent }) => agent.id === agentId);
    await found?.program.kill(0);
    return found !== undefined;
  }

  /** The same program may be deployed again while it runs. */
  #freeName(name: string): string {
    let free = name;
    for (let number = 2; this.#kernel.agentNamed(free) !== undefined; number++) {
      free = `${name}-${number}`;
    }
    return free;
  }
}
