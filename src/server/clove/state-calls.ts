/** STORE, FETCH, DELETE and KEYS. */

import { AgentFSError } from '../../index.ts';
import type { StateKey } from '../core/state-store.ts';
import type { Answer, Call, Handler } from './call.ts';
import { Refusal } from './request.ts';

type Scope = 'global' | 'agent' | 'session';

/** In which order a key is looked for. One that all agents see comes first, as in other kernels. */
const SCOPES: readonly Scope[] = ['global', 'session', 'agent'];

/** A key that all agents see is in one scope at a time. */
const OTHER_SHARED: Readonly<Record<Scope, Scope | undefined>> = {
  global: 'session',
  session: 'global',
  agent: undefined,
};

export const STORE: Handler = { answer: store };
export const FETCH: Handler = { answer: fetchValue, empty: { exists: false, value: null } };
export const DELETE: Handler = { answer: deleteKey, empty: { deleted: false } };
export const KEYS: Handler = { answer: keys, empty: { keys: [], count: 0 } };

function store({ kernel, agent, request }: Call): Answer {
  const key = request.requireText('key', 'key is required');
  const scope = SCOPES.find((each) => each === request.value('scope')) ?? 'global';
  const seconds = request.number('ttl');
  const ttlMs = seconds === undefined ? undefined : Math.round(seconds * 1000);
  const { state } = kernel.core;
  try {
    const value = request.value('value');
    const insteadOf = OTHER_SHARED[scope];
    state.put({ ...keyIn(scope, agent.id, key), value, ttlMs, insteadOf }, agent.id);
  } catch (error) {
    throw error instanceof AgentFSError ? new Refusal(error.message) : error;
  }
  kernel.record(agent, 'STATE_STORE', 'STORE', { key, scope });
  return { success: true, key };
}

function fetchValue({ kernel, agent, request }: Call): Answer {
  const key = request.requireText('key', 'key is required');
  for (const scope of SCOPES) {
    const found = kernel.core.state.get(keyIn(scope, agent.id, key));
    if (found !== undefined) return { success: true, exists: true, value: found.value, scope };
  }
  return { success: true, exists: false, value: null };
}

function deleteKey({ kernel, agent, request }: Call): Answer {
  const key = request.requireText('key', 'key is required');
  const deleted = SCOPES.some((scope) =>
    kernel.core.state.delete(keyIn(scope, agent.id, key), agent.id),
  );
  kernel.record(agent, 'STATE_STORE', 'DELETE', { key, deleted });
  return { success: true, deleted };
}

function keys({ kernel, agent, request }: Call): Answer {
  const prefix = request.text('prefix') ?? '';
  const found = SCOPES.flatMap((scope) =>
    kernel.core.state.list(scope, ownerOf(scope, agent.id), prefix).map(({ key }) => key),
  );
  const names = [...new Set(found)].sort();
  return { success: true, keys: names, count: names.length };
}

function keyIn(scope: Scope, agent: number, key: string): StateKey {
  return { scope, owner: ownerOf(scope, agent), key };
}

function ownerOf(scope: Scope, agent: number): number {
  return scope === 'agent' ? agent : 0;
}
