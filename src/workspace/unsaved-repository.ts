/** What would be lost with the repositories of a workspace. */

import type { SafeDirectory } from '../disk/safe-directory.ts';
import { runInSlices, type Steps } from '../disk/time-slices.ts';
import { AgentFSError, errorCode } from '../primitives/errors.ts';
import { joinPath, ROOT, type TreePath } from '../primitives/path.ts';
import { filesIn, type RepositoryFiles } from './core/git-directory.ts';
import { unsavedInGit } from './core/unsaved-git.ts';
import type { WorkspaceCore } from './core/workspace-core.ts';
import { ignoredNow } from './history/ignored-paths.ts';

const GIT = '.git';

/** What went with a workspace that was deleted. */
export interface DeletedWorkspace {
  /** The top-most ignored paths of which it had a version of its own, such as `node_modules`. */
  readonly ignored: readonly string[];
}

/** @throws {AgentFSError} WORKSPACE_DIRTY if git has what is nowhere else. */
export async function requireNothingUnsaved(core: WorkspaceCore): Promise<void> {
  const { work } = core.engine;
  using now = ignoredNow(core);
  using directory = work.at(core.uuid).openIfThere();
  const unsaved = new Set(await unsavedBelow(core, now, now.changed));
  if (directory !== undefined) {
    for (const name of await unsavedBelow(core, filesIn(directory), [directory])) unsaved.add(name);
  }
  if (unsaved.size === 0) return;
  const { name } = core.working.row();
  throw new AgentFSError(
    'WORKSPACE_DIRTY',
    `Git in workspace '${name}' has what exists nowhere else: ${[...unsaved].join(', ')}.`,
    {
      hint: 'Bring it home, as with git format-patch in a command, or delete with force (--force).',
      details: { unsaved: [...unsaved] },
    },
  );
}

/** What would be lost of the repositories that lie below directories. */
async function unsavedBelow(
  { engine }: WorkspaceCore,
  files: RepositoryFiles,
  directories: readonly SafeDirectory[],
): Promise<string[]> {
  const repositories = new Set<TreePath>();
  for (const directory of directories) await runInSlices(findRepositories(directory, repositories));
  return [...repositories].sort().flatMap((path) => unsavedInGit(files, path, engine.basePath));
}

function* findRepositories(root: SafeDirectory, found: Set<TreePath>): Steps<void> {
  const pending = [ROOT];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of entriesOf(root, directory)) {
      if (!entry.isDirectory()) continue;
      const path = joinPath(directory, entry.name);
      if (entry.name === GIT) found.add(path);
      else pending.push(path);
    }
    yield 0;
  }
}

function entriesOf(root: SafeDirectory, directory: TreePath): ReturnType<SafeDirectory['entries']> {
  try {
    return root.entries(directory);
  } catch (error) {
    // Shut by a command, or of a name that is only bytes: git could not work in it either.
    if (['EACCES', 'ENOENT'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}
