/** METRICS_SYSTEM, METRICS_AGENT, METRICS_ALL_AGENTS and METRICS_CGROUP. */

import type { Agent, Program } from './agent.ts';
import type { Answer, Call, Handler } from './call.ts';
import type { Kernel } from './kernel.ts';
import { Refusal } from './request.ts';

export const METRICS_SYSTEM: Handler = {
  answer: ({ kernel }) => ({
    success: true,
    metrics: { timestamp: kernel.core.clock.now(), ...kernel.metrics.system() },
  }),
};
export const METRICS_AGENT: Handler = { answer: agentMetrics };
export const METRICS_ALL_AGENTS: Handler = {
  answer: allAgentMetrics,
  empty: { agents: [], count: 0 },
};
export const METRICS_CGROUP: Handler = { answer: cgroupMetrics };

function agentMetrics({ kernel, agent, request }: Call): Answer {
  const id = request.id('agent_id') || agent.id;
  const found = kernel.agent(id);
  if (found?.program === undefined) throw new Refusal('Agent not found', { agent_id: id });
  return { success: true, metrics: metricsOf(kernel, found, found.program) };
}

function allAgentMetrics({ kernel }: Call): Answer {
  const agents = kernel.started.map(({ agent, program }) => metricsOf(kernel, agent, program));
  return { success: true, agents, count: agents.length };
}

function cgroupMetrics({ kernel, agent, request }: Call): Answer {
  const path =
    request.text('cgroup_path') ?? kernel.metrics.cgroupOf(agent.program?.pid ?? process.pid) ?? '';
  const metrics = kernel.metrics.cgroup(path);
  if (metrics === undefined) {
    throw new Refusal('Cgroup not found or not readable', { cgroup_path: path });
  }
  return { success: true, metrics };
}

function metricsOf(kernel: Kernel, agent: Agent, program: Program): object {
  const { name, pid, state, uptimeMs, sandbox } = program;
  const { statistics } = agent;
  const path = kernel.metrics.cgroupOf(pid);
  const group = path === undefined ? undefined : kernel.metrics.cgroup(path);
  return {
    ...{ agent_id: agent.id, name, status: state.toLowerCase() },
    ...{ uptime_ms: uptimeMs, pid, sandboxed: sandbox !== undefined },
    process: kernel.metrics.processTree(pid),
    cgroup: {
      valid: group !== undefined,
      cpu_usage_usec: group?.cpu.usage_usec ?? 0,
      mem_current: group?.memory.current ?? 0,
    },
    kernel_stats: {
      ...{ syscall_count: statistics.syscalls, llm_calls: statistics.llmCalls },
      ...{ llm_tokens_used: statistics.llmTokens, messages_sent: statistics.messagesSent },
      messages_recv: statistics.messagesReceived,
      ...{ bytes_read: statistics.bytesRead, bytes_written: statistics.bytesWritten },
    },
  };
}
