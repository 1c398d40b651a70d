/** Paths as agents give them: of the workspace, or as a command of theirs has printed them. */

import type { Workspace } from '../index.ts';

/**
 * The path in the workspace: what begins like the project directory, where commands see their files,
 * is the rest; anything else stays as it is, and begins at the root of the workspace.
 */
export function inWorkspace(workspace: Workspace, path: string): string {
  for (const root of [workspace.core.engine.basePath, workspace.workDir]) {
    if (path === root) return '/';
    if (path.startsWith(`${root}/`)) return path.slice(root.length);
  }
  return path;
}
