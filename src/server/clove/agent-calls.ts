/** SPAWN, KILL, LIST, PAUSE and RESUME. */

import { posix } from 'node:path';
import type { RunLimits, SandboxProfile } from '../../index.ts';
import { confinementOf, stricterOf } from '../core/confinement.ts';
import type { RestartPolicy } from '../core/job-request.ts';
import type { Agent, Program } from './agent.ts';
import { AgentProcess, type ProgramRequest } from './agent-process.ts';
import type { Answer, Call, Handler } from './call.ts';
import { readHost } from './file-calls.ts';
import type { StartedAgent } from './kernel.ts';
import { placeOf } from './paths.ts';
import { isBlockedPath } from './permission-rules.ts';
import { type Fields, Refusal } from './request.ts';

const MEMORY_BYTES = 256 * 1024 * 1024;
const MOST_PROCESSES = 64;
/** One processor, which is what an agent has that says nothing. */
const USUAL_CPU_QUOTA = 100_000;
const MOST_NAME_BYTES = 255;
const POLICIES = ['never', 'on-failure', 'always'] as const;

export const SPAWN: Handler = { answer: spawn };
export const KILL: Handler = { answer: kill, empty: { killed: false, agent_id: 0 } };
export const LIST: Handler = { answer: list };
export const PAUSE: Handler = {
  answer: (call) => hold(call, 'paused'),
  empty: { paused: false, agent_id: 0 },
};
export const RESUME: Handler = {
  answer: (call) => hold(call, 'resumed'),
  empty: { resumed: false, agent_id: 0 },
};

/**
 * As in other kernels `can_spawn` is about the permissions of others: whoever may run commands may
 * run one for long.
 */
async function spawn({ kernel, agent, request }: Call): Promise<Answer> {
  const script = request.requireText('script', 'script path required');
  if (!agent.permissions.can_exec) {
    kernel.deny(agent, { syscall: 'SPAWN', reason: 'spawn not allowed', target: script });
  }
  const inForce = await confinementOf(kernel.project, kernel.workspace);
  const program = await AgentProcess.start(kernel, agent, {
    ...{
      name: nameIn(kernel, request),
      script: await scriptOf({ kernel, agent, request }, script),
    },
    ...{ args: request.texts('args') ?? [], interpreter: request.text('python') },
    sandbox: stricterOf(stricterOf(sandboxOf(request), inForce.sandbox), agent.program?.sandbox),
    limits: limitsOf(request, inForce.limits),
    restart: restartOf(request),
  });
  return {
    success: true,
    ...entryOf(program.agent, program),
    status: 'running',
    restart_policy: program.restartPolicy,
  };
}

async function kill(call: Call): Promise<Answer> {
  const found = targetOf(call);
  if (found === undefined) return { success: false, killed: false, agent_id: 0 };
  await found.program.kill(call.agent.id);
  return { success: true, killed: true, agent_id: found.agent.id };
}

function list({ kernel }: Call): Answer {
  return kernel.started.map(({ agent, program }) => entryOf(agent, program));
}

function hold(call: Call, what: 'paused' | 'resumed'): Answer {
  const { kernel, agent } = call;
  const found = targetOf(call);
  if (found === undefined) throw new Refusal('Agent not found');
  const { id } = found.agent;
  const { program } = found;
  const isDone = what === 'paused' ? program.pause() : program.resume();
  if (!isDone) throw new Refusal(`Agent is ${program.state}`, { agent_id: id });
  const type = what === 'paused' ? 'AGENT_PAUSED' : 'AGENT_RESUMED';
  const data = { agent_id: id, name: program.name, [`${what}_by`]: agent.id };
  kernel.tell(type, data);
  kernel.record(found.agent, 'AGENT_LIFECYCLE', type, data);
  return { success: true, [what]: true, agent_id: id };
}

/** What is told of an agent, by the names of all kernels. */
function entryOf(agent: Agent, program: Program): Readonly<Record<string, unknown>> {
  const { name, pid, state, uptimeMs } = program;
  return {
    ...{ id: agent.id, agent_id: agent.id, name, pid, state, uptime_ms: uptimeMs },
    running: state === 'RUNNING' || state === 'PAUSED',
    syscalls_sent: agent.statistics.syscalls,
  };
}

function targetOf({ kernel, request }: Call): StartedAgent | undefined {
  const id = request.id('id') ?? request.id('agent_id');
  const name = request.text('name');
  return kernel.started.find(({ agent, program }) =>
    id === undefined ? program.name === name : agent.id === id,
  );
}

function nameIn(kernel: Call['kernel'], request: Fields): string {
  const name = request.text('name') || `agent_${kernel.nextAgentNumber()}`;
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) throw new Refusal('name too long');
  return name;
}

/** A script of the workspace by its path, one of a mapped directory with what is in it. */
async function scriptOf(
  { kernel, agent }: Call,
  script: string,
): Promise<ProgramRequest['script']> {
  const { path, onHost } = await placeOf(kernel, script);
  if (isBlockedPath(path, agent.permissions.filesystem.blocked)) {
    const reason = 'path not allowed for reading';
    kernel.deny(agent, { syscall: 'SPAWN', reason, target: path });
  }
  if (onHost === undefined) return path;
  try {
    return { name: posix.basename(path), content: readHost(onHost) };
  } catch {
    throw new Refusal(`script not found: ${script}`);
  }
}

function sandboxOf(request: Fields): SandboxProfile | undefined {
  if (!request.flag('sandboxed', true)) return undefined;
  return request.flag('network', false) ? 'standard' : 'restricted';
}

/** The usual bounds hold in a sandbox; root has no bound on processes without control groups. */
function limitsOf(request: Fields, most: RunLimits): RunLimits {
  const isSandboxed = request.flag('sandboxed', true);
  const limits = request.object('limits') ?? {};
  if ((limitIn(limits, 'cpu_quota') ?? USUAL_CPU_QUOTA) < USUAL_CPU_QUOTA) {
    throw new Refusal('not supported: limits.cpu_quota below 100000, a part of a processor');
  }
  const isRoot = process.getuid?.() === 0;
  const memory = limitIn(limits, 'memory') ?? (isSandboxed ? MEMORY_BYTES : undefined);
  const processes =
    limitIn(limits, 'max_pids') ?? (isSandboxed && !isRoot ? MOST_PROCESSES : undefined);
  return {
    memoryBytes: lowerOf(memory, most.memoryBytes),
    processes: lowerOf(processes, most.processes),
  };
}

function lowerOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function limitIn(limits: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = limits[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new Refusal(`invalid request: limits.${name} has to be a whole number from 1`);
}

function restartOf(request: Fields): RestartPolicy {
  const given = request.text('restart_policy') ?? 'never';
  const policy = POLICIES.find((each) => each === given);
  if (policy === undefined) {
    throw new Refusal(`invalid request: restart_policy has to be ${POLICIES.join(', ')}`);
  }
  const max = request.count('max_restarts', 5, 1_000_000);
  const windowMs = Math.round((request.number('restart_window') ?? 300) * 1000);
  return { policy, max, windowMs };
}
