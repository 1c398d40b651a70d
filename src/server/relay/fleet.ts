/** The machines of a fleet, the kernels that are connected, and the agents on them. */

import { AgentFSError } from '../../index.ts';
import { type Principal, requireWorkspace } from '../core/access.ts';
import type { ServerCore } from '../core/server-core.ts';
import { StateRecords } from '../core/state-store.ts';
import type { KernelLink } from './kernel-link.ts';
import type { LocalKernel } from './local-kernel.ts';

/** A machine, as it stands on the wire; clients take no other fields. */
export interface MachineRow {
  readonly machine_id: string;
  readonly provider: string;
  readonly status: 'connected' | 'disconnected';
  readonly ip_address: string;
  readonly created_at: string;
  readonly last_seen: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** An agent, as it stands on the wire; clients take no other fields. */
export interface AgentRow {
  readonly agent_id: number;
  readonly agent_name: string;
  readonly target_machine: string;
  readonly status: 'running' | 'stopped';
  readonly syscalls_sent: number;
}

/** An agent that works on a kernel from afar. */
export interface RemoteAgent {
  readonly agentId: number;
  readonly name: string;
  readonly link: KernelLink;
  calls: number;
  /** Ends its connection. */
  readonly disconnect: () => void;
  /** Tells it that its kernel has gone. */
  readonly onKernelGone: () => void;
}

/** What is kept of a machine. */
type MachineRecord = Omit<MachineRow, 'machine_id' | 'status'>;

/** What is to be known of a machine. */
export interface NewMachine {
  readonly provider: string;
  readonly ipAddress: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** One fleet. */
export class Fleet {
  readonly core: ServerCore;
  readonly #local: LocalKernel;
  readonly #records: StateRecords<MachineRecord>;
  readonly #links = new Map<string, KernelLink>();
  readonly #agents = new Map<number, RemoteAgent>();

  constructor(core: ServerCore, local: LocalKernel) {
    this.core = core;
    this.#local = local;
    this.#records = new StateRecords(core.state, 'relay-machine');
    this.register(local.machineId, { provider: 'local', ipAddress: '127.0.0.1', metadata: {} });
    this.#links.set(local.machineId, local);
  }

  /** The workspace of this daemon's own kernel. */
  get workspace(): string {
    return this.#local.workspace;
  }

  /**
   * Makes sure that a principal reaches the workspace in which this daemon's own kernel works.
   *
   * @throws {AgentFSError} PERMISSION_DENIED.
   */
  admit(principal: Principal): void {
    const { project, workspace } = this.#local;
    this.core.projects.get(project, principal);
    requireWorkspace(principal, workspace);
  }

  get links(): readonly KernelLink[] {
    return [...this.#links.values()];
  }

  get remoteAgents(): readonly RemoteAgent[] {
    return [...this.#agents.values()];
  }

  /**
   * Notes a machine, or what has changed of it.
   *
   * @throws {AgentFSError} INVALID_NAME.
   */
  register(machineId: string, { provider, ipAddress, metadata }: NewMachine): MachineRow {
    if (!NAME.test(machineId)) {
      throw new AgentFSError(
        'INVALID_NAME',
        `${JSON.stringify(machineId)} cannot name a machine.`,
        {
          hint: 'Use letters, digits, dots, dashes and underscores.',
        },
      );
    }
    const now = this.#now();
    const before = this.#records.get(machineId);
    this.#records.put(machineId, {
      ...{ provider, ip_address: ipAddress, metadata },
      ...{ created_at: before?.created_at ?? now, last_seen: now },
    });
    return this.machine(machineId);
  }

  /** Forgets a machine; false when there is none. Its kernel stays connected. */
  remove(machineId: string): boolean {
    return this.#records.delete(machineId);
  }

  get machines(): MachineRow[] {
    return this.#records.all.map(({ key }) => this.machine(key));
  }

  /** @throws {AgentFSError} ENOENT */
  machine(machineId: string): MachineRow {
    const record = this.#records.get(machineId);
    if (record === undefined) {
      throw new AgentFSError('ENOENT', `Machine ${machineId} not found`);
    }
    const status = this.#links.has(machineId) ? 'connected' : 'disconnected';
    return { machine_id: machineId, status, ...record };
  }

  /** The agents of a machine, or of all. */
  agents(machineId?: string): AgentRow[] {
    const links = this.links.filter(
      (each) => machineId === undefined || each.machineId === machineId,
    );
    return links.flatMap((link) => [
      ...link.deployed.map(
        ({ agentId, name, isRunning, syscalls }): AgentRow => ({
          ...{ agent_id: agentId, agent_name: name, target_machine: link.machineId },
          ...{ status: isRunning ? 'running' : 'stopped', syscalls_sent: syscalls },
        }),
      ),
      ...this.remoteAgents
        .filter((each) => each.link === link)
        .map(
          ({ agentId, name, calls }): AgentRow => ({
            ...{ agent_id: agentId, agent_name: name, target_machine: link.machineId },
            ...{ status: 'running', syscalls_sent: calls },
          }),
        ),
    ]);
  }

  /**
   * The kernel of a machine; without a name the only one there is.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT when it is not connected.
   */
  link(machineId: string): KernelLink {
    const found = machineId === '' ? this.#only() : this.#links.get(machineId);
    if (found !== undefined) return found;
    const hint = `Connected: ${[...this.#links.keys()].join(', ')}.`;
    const message =
      machineId === '' ? 'machine_id is required' : `Kernel ${machineId} not connected`;
    throw new AgentFSError('INVALID_ARGUMENT', message, { hint });
  }

  /** Takes a kernel in, in place of one that was connected under its name. */
  connect(link: KernelLink, ipAddress: string): void {
    if (link.machineId === this.#local.machineId) {
      throw new AgentFSError('INVALID_ARGUMENT', `${link.machineId} is this machine.`);
    }
    const { provider = 'remote', metadata = {} } = this.#records.get(link.machineId) ?? {};
    this.register(link.machineId, { provider, ipAddress, metadata });
    const before = this.#links.get(link.machineId);
    if (before !== undefined) this.disconnect(before);
    this.#links.set(link.machineId, link);
  }

  /** A kernel has gone; its agents are told. */
  disconnect(link: KernelLink): void {
    if (this.#links.get(link.machineId) === link) this.#links.delete(link.machineId);
    const record = this.#records.get(link.machineId);
    if (record !== undefined)
      this.#records.put(link.machineId, { ...record, last_seen: this.#now() });
    for (const agent of this.remoteAgents.filter((each) => each.link === link)) {
      this.#agents.delete(agent.agentId);
      agent.onKernelGone();
    }
  }

  enter(agent: RemoteAgent): void {
    this.#agents.set(agent.agentId, agent);
  }

  leave(agent: RemoteAgent): void {
    this.#agents.delete(agent.agentId);
    agent.link.leave(agent.agentId);
  }

  /**
   * Ends an agent, however it came to a machine.
   *
   * @throws {AgentFSError} ENOENT; INVALID_ARGUMENT when the machine is not connected.
   */
  async stop(machineId: string, agentId: number): Promise<void> {
    const link = this.link(machineId);
    const remote = this.#agents.get(agentId);
    if (remote?.link === link) {
      remote.disconnect();
      return;
    }
    if (await link.stop(agentId)) return;
    throw new AgentFSError('ENOENT', `Agent ${agentId} not found`);
  }

  #only(): KernelLink | undefined {
    const [first, ...others] = this.links;
    return others.length === 0 ? first : undefined;
  }

  #now(): string {
    return new Date(this.core.clock.now()).toISOString();
  }
}
