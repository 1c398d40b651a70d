/** The file that a worktree or a submodule has in the place of a repository. */

import { isAbsolute, join, normalize, relative } from 'node:path';
import { readBuffer } from '../../disk/read-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { parentPath, type TreePath } from '../../primitives/path.ts';

/** The warning for one that was left out. */
export const GIT_FILE_WARNING: string =
  'The project has a .git file here, which points to a repository elsewhere; it was left out, as git ' +
  'would write to that repository.';

const MAX_BYTES = 64 * 1024;

/** Whether something ignored comes along: all but a `.git` file that leads out of the base. */
export function comesAlong(
  base: SafeDirectory,
  item: {
    readonly path: TreePath;
    readonly isRepository: boolean;
    readonly isDirectory: boolean;
  },
  atSamePlace: boolean,
): boolean {
  const isFile = item.isRepository && !item.isDirectory;
  return !isFile || pointsInside(base, item.path, atSamePlace);
}

/**
 * Whether a `.git` file of the base names a repository that lies in the base too, as that of a
 * submodule does: it comes along, so that git finds the copy.
 *
 * @param atSamePlace - whether the copy will be seen where the base is, as in an overlay: only then
 *   an absolute path leads to it.
 */
function pointsInside(base: SafeDirectory, path: TreePath, atSamePlace: boolean): boolean {
  if (base.find(path)?.isFile() !== true) return false;
  const text = readBuffer({ path, open: () => base.openRead(path) }, MAX_BYTES)?.toString() ?? '';
  const target = /^gitdir: (.+?)\r?\n?$/s.exec(text)?.[1];
  if (target === undefined || (isAbsolute(target) && !atSamePlace)) return false;
  const place = isAbsolute(target)
    ? relative(base.root, target)
    : normalize(join(parentPath(path), target));
  const isInside = !place.startsWith('../') && place.split('/').includes('.git');
  return isInside && base.find(place as TreePath)?.isDirectory() === true;
}
