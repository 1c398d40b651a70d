/** The kernel: its agents, and what all of them share. */

import type { Socket } from 'node:net';
import { AgentFSError, type Workspace } from '../../index.ts';
import { SERVE_TAG } from '../../store/workspaces.ts';
import type { Project } from '../core/project.ts';
import type { ServerCore } from '../core/server-core.ts';
import { Agent, type Program } from './agent.ts';
import { type AuditCategory, AuditTrail } from './audit-trail.ts';
import { HostMetrics } from './host-metrics.ts';
import { inherited, levelOf, type PermissionSet } from './permission-set.ts';
import { Refusal } from './request.ts';

/** How a kernel works. */
export interface KernelOptions {
  /** Which project; default the first. */
  readonly project?: string | undefined;
  /** The workspace that all agents work in; default `clove`. Made when there is none. */
  readonly workspace?: string | undefined;
  /** Agents may raise their own permissions; default false. */
  readonly allowElevation?: boolean | undefined;
  /** Host directories that READ and WRITE reach by their own paths; default none. */
  readonly map?: readonly string[] | undefined;
  /** Milliseconds within which a message that has begun has to go on; default 10,000. */
  readonly stalledMs?: number | undefined;
  /** What a started agent changes on disk stays in a workspace of its own; default false. */
  readonly isolate?: boolean | undefined;
}

/** What an agent cannot do any more. */
interface Denial {
  readonly syscall: string;
  /** Without `Permission denied: `. */
  readonly reason: string;
  readonly target?: string;
}

/** An agent that the kernel has started. */
export interface StartedAgent {
  readonly agent: Agent;
  readonly program: Program;
}

/** How agents come to a kernel. */
export interface KernelDoor {
  /** Where agents outside of a sandbox find it. */
  readonly socketPath: string;
  /** Answers an agent over a connection. */
  readonly serve: (kernel: Kernel, socket: Socket, agent: Agent) => void;
}

const DEFAULT_WORKSPACE = 'clove';
const LOOK_MS = 5000;
const MOST_TARGET_CHARACTERS = 1024;
/** Of its memory: an agent that takes more is told of. */
const MUCH = 0.8;

/** One kernel, for all its connections. */
export class Kernel {
  readonly core: ServerCore;
  readonly project: Project;
  /** The name of the workspace. */
  readonly workspace: string;
  readonly options: KernelOptions;
  readonly trail: AuditTrail = new AuditTrail();
  readonly metrics: HostMetrics = new HostMetrics();
  readonly #door: KernelDoor;
  readonly #agents = new Map<number, Agent>();
  readonly #work = new Map<Promise<unknown>, () => void>();
  /** Agents that take much memory, and were told of. */
  readonly #warned = new Set<number>();
  readonly #looking: NodeJS.Timeout;
  #lastNumber = 0;
  #isConfining: Promise<boolean> | undefined;

  private constructor(core: ServerCore, options: KernelOptions, door: KernelDoor) {
    this.core = core;
    this.options = options;
    this.project = core.projects.get(options.project);
    this.workspace = options.workspace ?? DEFAULT_WORKSPACE;
    this.#door = door;
    this.#looking = setInterval(() => this.lookAtMemory(), LOOK_MS).unref();
  }

  /**
   * Makes the kernel's workspace, if there is none.
   *
   * @throws {AgentFSError} PROJECT_NOT_FOUND; as creating a workspace does.
   */
  static async open(core: ServerCore, options: KernelOptions, door: KernelDoor): Promise<Kernel> {
    const kernel = new Kernel(core, options, door);
    const { workspace } = kernel.project.afs;
    if (!(await workspace.exists(kernel.workspace))) {
      const tags = ['clove', SERVE_TAG];
      const description = 'The files of Clove agents.';
      await workspace.create(kernel.workspace, { description, tags });
    }
    return kernel;
  }

  /** Where agents outside of a sandbox find it. */
  get socketPath(): string {
    return this.#door.socketPath;
  }

  /** Answers an agent over a connection. */
  serve(socket: Socket, agent: Agent): void {
    this.#door.serve(this, socket, agent);
  }

  get agents(): readonly Agent[] {
    return [...this.#agents.values()];
  }

  /** Those that it has started itself. */
  get started(): readonly StartedAgent[] {
    return this.agents.flatMap((agent) =>
      agent.program === undefined ? [] : [{ agent, program: agent.program }],
    );
  }

  agent(id: number): Agent | undefined {
    return this.#agents.get(id);
  }

  agentNamed(name: string): Agent | undefined {
    const found = this.core.principals.agent(name);
    return found === undefined ? undefined : this.#agents.get(found.id);
  }

  /**
   * Takes an agent in.
   *
   * @throws {Refusal} when the name is taken.
   */
  connect({
    name = '',
    permissions = levelOf('standard'),
  }: {
    readonly name?: string;
    readonly permissions?: PermissionSet;
  } = {}): Agent {
    const { workspace } = this;
    const agent = this.#orRefuse(
      () =>
        new Agent(
          this.core.principals.connect({ name, workspace, permissions: { ...permissions } }),
        ),
    );
    agent.cursor = this.core.events.newest;
    this.#agents.set(agent.id, agent);
    return agent;
  }

  /** Forgets an agent, and what only it could read. */
  disconnect({ id }: Agent): void {
    this.#agents.delete(id);
    this.#warned.delete(id);
    const { state, principals } = this.core;
    for (const { key } of state.list('agent', id)) state.delete({ scope: 'agent', owner: id, key });
    principals.disconnect(id);
  }

  /**
   * Changes the name or the permissions of an agent.
   *
   * @throws {Refusal} when the name is taken.
   */
  update(agent: Agent, change: { name?: string; permissions?: PermissionSet }): void {
    const { permissions, ...rest } = change;
    const stored = permissions === undefined ? {} : { permissions: { ...permissions } };
    const principal = this.#orRefuse(() =>
      this.core.principals.update(agent.id, { ...rest, ...stored }),
    );
    if (principal !== undefined) agent.principal = principal;
  }

  /** What an agent that this one starts may do. */
  inheritedBy(parent: Agent): PermissionSet {
    return inherited(parent.permissions);
  }

  /** A number for what has no name. */
  nextAgentNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** Whether commands here have a file system of their own, with a private /tmp. */
  isConfining(): Promise<boolean> {
    this.#isConfining ??= this.project.afs
      .capabilities()
      .then(({ strategies }) =>
        strategies.some(({ profiles }) =>
          profiles.some(
            (each) =>
              each.profile === 'standard' &&
              each.available &&
              each.isolation.filesystem === 'confined',
          ),
        ),
      );
    return this.#isConfining;
  }

  /** The files of all agents as they are now, with what commands have changed. */
  async files(): Promise<Workspace> {
    await this.core.sessions.settle(this.project, this.workspace);
    return this.project.afs.workspace.get(this.workspace);
  }

  /** Tells of agents that come close to their limit; happens by itself every 5 seconds. */
  lookAtMemory(): void {
    for (const { agent, program } of this.started) {
      const { memoryBytes: limit, name, pid } = program;
      if (limit === undefined || pid === 0) continue;
      const { rss: used } = this.metrics.processTree(pid).memory;
      const isMuch = used >= limit * MUCH;
      if (!isMuch) this.#warned.delete(agent.id);
      if (!isMuch || this.#warned.has(agent.id)) continue;
      this.#warned.add(agent.id);
      const data = { agent_id: agent.id, name, resource: 'memory', used, limit };
      this.tell('RESOURCE_WARNING', data);
      this.record(agent, 'RESOURCE', 'RESOURCE_WARNING', data, false);
    }
  }

  /** Hands on what some work resolves to, which is stopped and waited for when the kernel ends. */
  async during<T>(work: Promise<T>, stop: () => void): Promise<T> {
    this.#work.set(work, stop);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }

  /** Ends the agents that were started and the answers that are awaited, and keeps what they have changed. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    for (const stop of this.#work.values()) stop();
    await Promise.all(this.started.map(({ program }) => program.kill(0)));
    await Promise.allSettled(this.#work.keys());
  }

  /** Tells who has subscribed, and writes it down. */
  tell(
    type: string,
    data: Readonly<Record<string, unknown>>,
    { source = 0, target = 0 }: { readonly source?: number; readonly target?: number } = {},
  ): void {
    this.core.events.emit({ type, data, source, target });
  }

  /** Writes down what an agent has done, if that is kept. */
  record(
    agent: Agent | undefined,
    category: AuditCategory,
    eventType: string,
    details: Readonly<Record<string, unknown>>,
    success = true,
  ): void {
    if (!this.trail.keeps(category)) return;
    const name = agent?.name ?? '';
    this.trail.add({
      timestamp: new Date(this.core.clock.now()).toISOString(),
      ...{ category, event_type: eventType, agent_id: agent?.id ?? 0 },
      ...(name === '' ? {} : { agent_name: name }),
      ...{ success, details },
    });
  }

  /** Tells of what an agent may not do. @throws {Refusal} always. */
  deny(agent: Agent, { syscall, reason, target }: Denial): never {
    // It may be as long as a request, and is kept.
    const shown = target?.slice(0, MOST_TARGET_CHARACTERS);
    const details = { syscall, reason, ...(shown === undefined ? {} : { target: shown }) };
    this.record(agent, 'SECURITY', 'SYSCALL_BLOCKED', details, false);
    this.tell('SYSCALL_BLOCKED', { agent_id: agent.id, agent_name: agent.name, ...details });
    throw new Refusal(`Permission denied: ${reason}`);
  }

  #orRefuse<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      const isTaken = error instanceof AgentFSError && error.code === 'INVALID_ARGUMENT';
      if (isTaken) throw new Refusal('name already registered');
      throw error;
    }
  }
}
