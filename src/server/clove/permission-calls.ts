/** GET_PERMS and SET_PERMS. */

import type { Agent } from './agent.ts';
import type { Answer, Call, Handler } from './call.ts';
import { changed, isWithin, levelOf } from './permission-set.ts';
import { Refusal } from './request.ts';

export const GET_PERMS: Handler = { answer: getPermissions };
export const SET_PERMS: Handler = { answer: setPermissions };

function getPermissions({ agent }: Call): Answer {
  const { permissions, statistics } = agent;
  const llm = {
    ...permissions.llm,
    tokens_used: statistics.llmTokens,
    calls_made: statistics.llmCalls,
  };
  return { success: true, permissions: { ...permissions, llm } };
}

function setPermissions({ kernel, agent, request }: Call): Answer {
  const target = targetOf({ kernel, agent, request });
  const isSelf = target === agent;
  if (!isSelf && !agent.permissions.can_spawn) {
    const reason = "cannot modify other agent's permissions";
    kernel.deny(agent, { syscall: 'SET_PERMS', reason, target: String(target.id) });
  }
  const level = request.text('level');
  const before = level === undefined ? target.permissions : levelOf(level);
  const permissions = changed(before, request.object('permissions') ?? {});
  // Nobody gives more than it has; who may give less to others may not take it back for itself.
  const isRaise = !isWithin(permissions, agent.permissions);
  if (isRaise && kernel.options.allowElevation !== true) {
    const reason = isSelf ? 'cannot raise own permissions' : 'cannot give more than it has';
    kernel.deny(agent, { syscall: 'SET_PERMS', reason, target: String(target.id) });
  }
  kernel.update(target, { permissions });
  kernel.record(agent, 'SECURITY', 'SET_PERMS', { target: target.id, level: level ?? null });
  return { success: true, agent_id: target.id };
}

function targetOf({ kernel, agent, request }: Call): Agent {
  const id = request.id('agent_id');
  // Clients send 0 for themselves before they know their number.
  if (id === undefined || id === 0) return agent;
  const found = kernel.agent(id);
  if (found === undefined) throw new Refusal('Agent not found', { agent_id: id });
  return found;
}
