/** An agent that the kernel has started: a program in a fork of the workspace, and its socket. */

import { posix } from 'node:path';
import type { RunLimits, SandboxProfile } from '../../index.ts';
import type { JobEnd, JobTransition, RestartPolicy } from '../core/job-request.ts';
import type { RunningJob } from '../core/running-job.ts';
import type { Agent, AgentState, Program } from './agent.ts';
import { AgentSocket, INSIDE } from './agent-socket.ts';
import { Fork, type Landed } from './fork.ts';
import type { Kernel } from './kernel.ts';
import { Refusal } from './request.ts';

/** What is to be started. */
export interface ProgramRequest {
  readonly name: string;
  /** A path of the workspace; or what the program is, for one that comes from elsewhere. */
  readonly script: string | { readonly name: string; readonly content: Uint8Array };
  readonly args: readonly string[];
  /** The program that runs the script; default by its name. */
  readonly interpreter: string | undefined;
  readonly sandbox: SandboxProfile | undefined;
  readonly limits: RunLimits;
  readonly restart: RestartPolicy;
}

/** Waits for the socket, so that the agent finds it whenever it looks. */
const WAIT = 'until [ -S "$CLOVE_SOCKET" ]; do sleep 0.02; done; exec "$@"';

const INTERPRETERS: Readonly<Record<string, string>> = {
  ...{ '.py': 'python3', '.sh': 'sh', '.js': 'node', '.mjs': 'node', '.cjs': 'node' },
};

/** A started agent. */
export class AgentProcess implements Program {
  readonly agent: Agent;
  readonly request: ProgramRequest;
  readonly startedAt: number;
  /** Resolves when it has ended for good and all that was its own is gone; never rejects. */
  readonly ended: Promise<void>;
  #state: AgentState = 'STARTING';
  #pid = 0;
  #killedBy: number | undefined;
  readonly #kernel: Kernel;
  readonly #parent: number;
  readonly #fork: Fork;
  readonly #socket: AgentSocket;
  readonly #job: RunningJob;
  readonly #isConfined: boolean;

  private constructor(parts: {
    readonly kernel: Kernel;
    readonly parent: number;
    readonly agent: Agent;
    readonly request: ProgramRequest;
    readonly fork: Fork;
    readonly socket: AgentSocket;
    readonly path: string;
    readonly isConfined: boolean;
  }) {
    const { kernel, agent, request, fork } = parts;
    this.#kernel = kernel;
    this.#parent = parts.parent;
    this.agent = agent;
    this.request = request;
    this.#fork = fork;
    this.#socket = parts.socket;
    this.#isConfined = parts.isConfined;
    this.startedAt = kernel.core.clock.now();
    const { name, args, sandbox, limits, restart } = request;
    this.#job = kernel.core.jobs.start({
      ...{ principal: agent.principal, project: kernel.project.name, workspace: fork.workspace },
      ...{ kind: 'agent', name, sandbox, limits, restart, hasSnapshots: false },
      command: ['sh', '-c', WAIT, 'sh', ...commandOf(request, parts.path), ...args],
      env: {
        CLOVE_SOCKET: this.#isConfined ? INSIDE : hostPathOf(kernel, agent),
        CLOVE_AGENT_ID: String(agent.id),
        CLOVE_AGENT_NAME: name,
      },
      onTransition: (transition) => this.#onTransition(transition),
    });
    this.ended = this.#job.ended.then((end) => this.#finish(end));
  }

  /**
   * Starts an agent.
   *
   * @throws {Refusal} when its name is taken, its script is not there, or it cannot be run.
   */
  static async start(
    kernel: Kernel,
    parent: Agent,
    request: ProgramRequest,
  ): Promise<AgentProcess> {
    const { script, name } = request;
    if (typeof script === 'string' && !(await (await kernel.files()).exists(script))) {
      throw new Refusal(`script not found: ${script}`);
    }
    const agent = kernel.connect({ name, permissions: kernel.inheritedBy(parent) });
    const socket = new AgentSocket((client) => kernel.serve(client, agent));
    let fork: Fork | undefined;
    try {
      fork = await Fork.open(kernel, `clove-agent-${agent.id}`, `What agent ${name} changes.`);
      const path =
        typeof script === 'string' ? script : await fork.lend(script.name, script.content);
      const isConfined = await kernel.isConfining();
      if (!isConfined) await socket.listen(hostPathOf(kernel, agent));
      const parts = { kernel, parent: parent.id, agent, request, fork, socket, path, isConfined };
      const process = new AgentProcess(parts);
      agent.program = process;
      await process.#hasStarted();
      return process;
    } catch (error) {
      if (agent.program === undefined) {
        await socket.close();
        await fork?.close();
        kernel.disconnect(agent);
      }
      throw error;
    }
  }

  get name(): string {
    return this.request.name;
  }

  get sandbox(): SandboxProfile | undefined {
    return this.request.sandbox;
  }

  get restartPolicy(): string {
    return this.request.restart.policy;
  }

  get memoryBytes(): number | undefined {
    return this.request.limits.memoryBytes;
  }

  get state(): AgentState {
    return this.#state;
  }

  get pid(): number {
    return this.#pid;
  }

  get uptimeMs(): number {
    return Math.max(0, this.#kernel.core.clock.now() - this.startedAt);
  }

  async kill(by: number): Promise<void> {
    this.#killedBy = by;
    this.#state = 'STOPPING';
    this.#job.cancel();
    await this.ended;
  }

  pause(): boolean {
    return this.#switch('RUNNING', 'PAUSED', 'SIGSTOP');
  }

  resume(): boolean {
    return this.#switch('PAUSED', 'RUNNING', 'SIGCONT');
  }

  #switch(from: AgentState, to: AgentState, signal: NodeJS.Signals): boolean {
    if (this.#state !== from) return false;
    this.#job.kill(signal);
    this.#state = to;
    return true;
  }

  async #hasStarted(): Promise<void> {
    if ((await this.#job.started) !== 0) return;
    await this.ended;
    const reason = this.#job.row.error || 'it could not be run';
    throw new Refusal(`failed to spawn agent: ${reason}`);
  }

  #onTransition(transition: JobTransition): void {
    const { name } = this;
    if (transition.kind === 'started') {
      this.#begin(transition.pid);
      return;
    }
    const { kind, restarts, exitCode } = transition;
    const isRestarting = kind === 'restarting';
    this.#state = isRestarting ? 'STARTING' : 'FAILED';
    this.#pid = 0;
    const data = { agent_name: name, restart_count: restarts, exit_code: exitCode ?? -1 };
    const type = isRestarting ? 'AGENT_RESTARTING' : 'AGENT_ESCALATED';
    this.#kernel.tell(type, { agent_id: this.agent.id, ...data });
    this.#kernel.record(this.agent, 'AGENT_LIFECYCLE', type, data);
  }

  #begin(pid: number): void {
    const isFirst = this.#pid === 0 && this.#state === 'STARTING' && this.#job.row.restarts === 0;
    this.#pid = pid;
    if (this.#state === 'STARTING') this.#state = 'RUNNING';
    if (this.#isConfined) {
      this.#socket.listenInside(pid).catch((error: unknown) => {
        this.#kernel.core.logger.error('An agent has no way to the kernel.', { pid, error });
        this.#job.cancel();
      });
    }
    if (!isFirst) return;
    const { name } = this;
    const data = { agent_id: this.agent.id, name, pid, parent_id: this.#parent };
    this.#kernel.tell('AGENT_SPAWNED', data);
    this.#kernel.record(this.agent, 'AGENT_LIFECYCLE', 'AGENT_SPAWNED', data);
  }

  async #finish({ exitCode }: JobEnd): Promise<void> {
    const { core } = this.#kernel;
    let landed: Landed = { keptIn: this.#fork.workspace, conflicts: [] };
    try {
      await this.#socket.close();
      landed = await this.#fork.close();
    } catch (error) {
      core.logger.error('What an agent has changed could not be merged.', { error });
    }
    const { id } = this.agent;
    const { name } = this;
    const data = {
      ...{ agent_id: id, name, exit_code: exitCode ?? -1 },
      ...(this.#killedBy === undefined ? {} : { killed_by: this.#killedBy }),
      ...(landed.keptIn === undefined ? {} : { kept_in: landed.keptIn }),
      ...(landed.conflicts.length === 0 ? {} : { conflicts: landed.conflicts }),
    };
    if (this.#pid !== 0 || this.#state !== 'STARTING') {
      this.#kernel.tell('AGENT_EXITED', data);
      this.#kernel.record(this.agent, 'AGENT_LIFECYCLE', 'AGENT_EXITED', data, exitCode === 0);
    }
    this.#kernel.disconnect(this.agent);
  }
}

function commandOf({ interpreter }: ProgramRequest, path: string): string[] {
  const script = `./${posix.join('/', path).slice(1)}`;
  return [interpreter ?? INTERPRETERS[posix.extname(path)] ?? 'python3', script];
}

/** Beside the kernel's own socket, for agents that see the host's files. */
function hostPathOf({ socketPath }: Kernel, { id }: Agent): string {
  return `${socketPath}.${id}`;
}
