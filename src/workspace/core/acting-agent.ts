/** Who acts, where one process acts for several: what it does meanwhile is on record under that name. */

import { AsyncLocalStorage } from 'node:async_hooks';

const acting: AsyncLocalStorage<string | undefined> = new AsyncLocalStorage<string | undefined>();

/**
 * Calls an action for an agent: audit entries of all that it does, and waits for, have this name.
 *
 * @param agentId - undefined for whom the AgentFS was opened for.
 * @example await actingAs('reviewer', () => workspace.writeFile('notes.md', text));
 */
export function actingAs<T>(agentId: string | undefined, action: () => T): T {
  return acting.run(agentId, action);
}

/** For whom the code that is running was called; undefined when no one was named. */
export function actingAgent(): string | undefined {
  return acting.getStore();
}
