/** What keeps a change from the base before anything is touched. */

import { accessSync, constants } from 'node:fs';
import { systemCode } from '../disk/disk-error.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { AgentFSError } from '../primitives/errors.ts';
import { parentPath, pathParts, type TreePath } from '../primitives/path.ts';
import type { Contents } from '../store/contents.ts';
import type { TreeDifference } from '../tree/diff-trees.ts';
import type { ChangeStep } from './change-step.ts';
import { look } from './disk-entry.ts';

/**
 * Refuses symbolic links that are absolute or could lead out of the base.
 *
 * @throws {AgentFSError} OUTSIDE_SYMLINK with `details.paths`.
 */
export function refuseOutsideLinks(
  contents: Contents,
  differences: readonly TreeDifference[],
): void {
  const paths = differences
    .filter(({ after }) => after?.kind === 'symlink')
    .filter(({ path, after }) => after !== undefined && leadsOutside(path, contents.read(after)))
    .map(({ path }) => path);
  if (paths.length === 0) return;
  throw new AgentFSError(
    'OUTSIDE_SYMLINK',
    `Symbolic links could lead out of the base: ${listed(paths)}.`,
    {
      path: paths[0],
      hint: 'Point them at relative paths inside the project, or set allowOutsideSymlinks.',
      details: { paths },
    },
  );
}

/**
 * Refuses a change to directories that we may not write to.
 *
 * @throws {AgentFSError} BASE_READ_ONLY naming the first.
 */
export function refuseReadOnly(base: SafeDirectory, steps: readonly ChangeStep[]): void {
  const directories = new Set(steps.flatMap(({ path, anchor }) => [anchor, parentPath(path)]));
  for (const directory of directories) {
    if (look(base, directory)?.isDirectory() === true) assertWritable(base, directory);
  }
}

/**
 * Whether a link could lead out of the base. `..` counts only at the beginning, where it is counted
 * from the link's own directory; after a name it could follow another link to somewhere else.
 */
function leadsOutside(path: TreePath, target: Buffer): boolean {
  const parts = target.toString('latin1').split('/');
  if (parts[0] === '' && parts.length > 1) return true;
  let depth = pathParts(parentPath(path)).length;
  let named = false;
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part !== '..') named = true;
    else if (named || depth-- === 0) return true;
  }
  return false;
}

function assertWritable(base: SafeDirectory, directory: TreePath): void {
  const address = base.address(directory);
  try {
    accessSync(address, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error;
    const name = directory === '' ? base.root : directory;
    throw new AgentFSError('BASE_READ_ONLY', `The directory '${name}' cannot be written to.`, {
      path: name,
      hint: 'Change its permissions, or leave its paths out of the commit.',
      cause: error,
    });
  }
}

/** The first few paths, for a message. */
export function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(', ');
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown;
}
