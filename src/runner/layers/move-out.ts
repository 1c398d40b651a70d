/** Moves what a command has left from its upper layer to where it is kept. */

import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import { parentPath, ROOT, type TreePath } from '../../primitives/path.ts';

/**
 * Moves an entry to another directory of the same layers. A command may have shut the directory that
 * it lies in, or the entry itself, which for an ordinary user cannot be moved then: the first is
 * opened up, as it is not needed any more, the second gets its mode back.
 *
 * @param to - where the directory above `target` is.
 */
export function moveOut(
  from: SafeDirectory,
  path: TreePath,
  to: SafeDirectory,
  target: TreePath = path,
): void {
  try {
    from.moveTo(path, to, target);
    return;
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
  }
  const parent = parentPath(path);
  if (parent !== ROOT) from.chmod(parent, OWNER_ALL);
  const stats = from.lstat(path);
  const isDirectory = stats?.isDirectory() === true;
  if (isDirectory) from.chmod(path, OWNER_ALL);
  from.moveTo(path, to, target);
  if (isDirectory) to.chmod(target, stats.mode & 0o777);
}
