/** What keeps a change from the base before anything is touched. */

import { accessSync, constants } from 'node:fs';
import { systemCode } from '../disk/disk-error.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { AgentFSError } from '../primitives/errors.ts';
import { leadsOutside } from '../primitives/link-target.ts';
import { parentPath, type TreePath } from '../primitives/path.ts';
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
    `Symbolic links could lead out of the project: ${listed(paths)}.`,
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
