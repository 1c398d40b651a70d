/** What JSON says about a workspace. */

import type { Workspace } from '../index.ts';

/** A workspace as plain data; docs/CLI.md names the fields. */
export function workspaceJson(workspace: Workspace): Record<string, unknown> {
  const { name, id, description, tags, agentId, owner, readOnly, expires, parent } = workspace;
  const { state, createdAt, updatedAt, fork, sandbox, limits } = workspace;
  return {
    ...{ name, id, description, tags, agentId, owner, readOnly, expires, parent },
    ...{ state, createdAt, updatedAt, fork, sandbox, limits },
  };
}
