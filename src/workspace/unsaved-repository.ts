/** What would be lost with the repository of a workspace. */

import { AgentFSError } from '../primitives/errors.ts';
import type { TreePath } from '../primitives/path.ts';
import { filesIn, unsavedInGit } from './core/unsaved-git.ts';
import type { WorkspaceCore } from './core/workspace-core.ts';
import { ignoredNow } from './history/ignored-paths.ts';

/** What went with a workspace that was deleted. */
export interface DeletedWorkspace {
  /** The top-most ignored paths of which it had a version of its own, such as `node_modules`. */
  readonly ignored: readonly string[];
}

/** @throws {AgentFSError} WORKSPACE_DIRTY when git has what nobody else has. */
export function requireNothingUnsaved(core: WorkspaceCore): void {
  const { basePath, work } = core.engine;
  using now = ignoredNow(core);
  using directory = work.at(core.uuid).openIfThere();
  const unsaved = [
    ...(now.isChanged('.git' as TreePath) ? unsavedInGit(now, basePath) : []),
    ...(directory === undefined ? [] : unsavedInGit(filesIn(directory), basePath)),
  ];
  if (unsaved.length === 0) return;
  const { name } = core.working.row();
  throw new AgentFSError(
    'WORKSPACE_DIRTY',
    `The repository of workspace '${name}' has what exists nowhere else: ${unsaved.join(', ')}.`,
    {
      hint: 'Bring it home, as with git format-patch in a command, or delete with force (--force).',
      details: { unsaved },
    },
  );
}
