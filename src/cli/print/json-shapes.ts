/** What JSON says of workspaces and commits, and how settings are shown. */

import type { CommitResult, Workspace } from '../../index.ts';

/** A workspace as plain data; docs/CLI.md names the fields. */
export function workspaceJson(workspace: Workspace): Record<string, unknown> {
  const { name, id, description, tags, agentId, owner, readOnly, expires, parent } = workspace;
  const { state, createdAt, updatedAt, fork, sandbox, limits, caches } = workspace;
  return {
    ...{ name, id, description, tags, agentId, owner, readOnly, expires, parent },
    ...{ state, createdAt, updatedAt, fork, sandbox, limits, caches },
  };
}

/** A commit as plain data; docs/CLI.md names the fields. */
export function commitJson(commit: CommitResult): Record<string, unknown> {
  const { id, parent, message, author, workspace, createdAt, changes, merged } = commit;
  const { reverts, warnings } = commit;
  return { id, parent, message, author, workspace, createdAt, reverts, merged, warnings, changes };
}

/** The value of a setting as it would be typed; nothing for one that is not set. */
export function valueText(value: unknown): string {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(',') : String(value);
}
