/** HELLO, ASYNC_POLL, GET_AUDIT_LOG and SET_AUDIT_CONFIG: about the kernel itself. */

import type { Answer, Call, Handler } from './call.ts';
import { Refusal } from './request.ts';

const USUAL_RESULTS = 10;
const USUAL_ENTRIES = 100;
const MOST_ENTRIES = 10_000;

export const HELLO: Handler = { answer: hello };
export const ASYNC_POLL: Handler = { answer: asyncPoll, empty: { count: 0, results: [] } };
export const GET_AUDIT_LOG: Handler = { answer: getAuditLog, empty: { count: 0, entries: [] } };
export const SET_AUDIT_CONFIG: Handler = { answer: setAuditConfig };

function hello({ kernel }: Call): Answer {
  const features = {
    llm_in_kernel: kernel.core.agent.isConfigured,
    sys_think_stub: !kernel.core.agent.isConfigured,
    async_default_exec_http: false,
  };
  return {
    ...{ success: true, protocol_version: 1, kernel_version: kernel.core.version, features },
    kernel: 'agentfs',
  };
}

function asyncPoll({ agent, request }: Call): Answer {
  const results = agent.results.splice(0, request.count('max', USUAL_RESULTS, MOST_ENTRIES));
  return { success: true, count: results.length, results };
}

function getAuditLog({ kernel, request }: Call): Answer {
  const entries = kernel.trail.find({
    category: request.text('category'),
    agentId: request.id('agent_id'),
    sinceId: request.number('since_id') ?? 0,
    limit: Math.max(1, request.count('limit', USUAL_ENTRIES, MOST_ENTRIES)),
  });
  return { success: true, count: entries.length, entries };
}

/** Whoever may not change the permissions of others may not hide its own traces either. */
function setAuditConfig({ kernel, agent, request }: Call): Answer {
  if (!agent.permissions.can_spawn && kernel.options.allowElevation !== true) {
    kernel.deny(agent, { syscall: 'SET_AUDIT_CONFIG', reason: 'cannot change the audit log' });
  }
  const { config } = kernel.trail;
  const change = Object.keys(config).filter((name) => request.has(name));
  kernel.trail.configure(
    Object.fromEntries(
      change.map((name) => {
        const value = request.value(name);
        if (name === 'max_entries' && typeof value === 'number') return [name, Math.floor(value)];
        if (name !== 'max_entries' && typeof value === 'boolean') return [name, value];
        throw new Refusal(`invalid request: ${name} has another type`);
      }),
    ),
  );
  return { success: true, config: kernel.trail.config };
}
