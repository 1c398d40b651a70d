/** The workspace of a session of a neighbour, and its end. */

import type { ServerCore } from './server-core.ts';

/** Which one. */
export interface SessionPlace {
  readonly project: string;
  readonly workspace: string;
}

/**
 * Deletes it; nothing happens when it is not there any more.
 *
 * @param options - `onlyUnchanged`: unless it differs from the project that it began as. What a
 *   session has changed is kept for somebody to look at, and workspaces are not without number.
 * @throws {WorkspaceBusyError} while a command runs in it.
 */
export async function removeSessionWorkspace(
  core: ServerCore,
  { project: name, workspace }: SessionPlace,
  { onlyUnchanged = false }: { readonly onlyUnchanged?: boolean } = {},
): Promise<void> {
  const project = core.projects.all.find((each) => each.name === name);
  if (project === undefined || !(await project.afs.workspace.exists(workspace))) return;
  await core.sessions.release(project, workspace);
  const found = await project.afs.workspace.get(workspace);
  if (onlyUnchanged && (await found.status()).hasChanges) return;
  await project.afs.workspace.delete(workspace);
}
