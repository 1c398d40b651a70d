/**
 * Files of host directories that are let through. They are reached by handles, component by
 * component: what is exchanged with a link between the check of a permission and the open is refused.
 */

import { closeSync, constants, fstatSync, openSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { diskError } from '../../disk/disk-error.ts';
import { followLinks } from '../../disk/follow-links.ts';
import { readBuffer } from '../../disk/read-file.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { writeFully } from '../../disk/write-fully.ts';
import { FileSystemError } from '../../primitives/errors.ts';
import { baseName, joinPath, parentPath, type TreePath } from '../../primitives/path.ts';

/** A file in such a directory, which may be there or not. */
export interface HostFile {
  readonly directory: string;
  /** Without links. */
  readonly below: TreePath;
  /** Absolute, without links. */
  readonly path: string;
}

/**
 * Finds out where a path leads in a directory, which begins like it.
 *
 * @returns undefined when it leads out.
 */
export function hostFile(directory: string, path: string): HostFile | undefined {
  using root = SafeDirectory.open(directory);
  const named = path.slice(directory.length).replace(/^\/+/, '') as TreePath;
  const below = followLinks(root, named) ?? inItsDirectory(root, named);
  if (below === undefined) return undefined;
  return { directory, below, path: join(realpathSync(directory), below) };
}

/** Where something is to be made; undefined where a link is that leads nowhere or out. */
function inItsDirectory(root: SafeDirectory, path: TreePath): TreePath | undefined {
  const parent = followLinks(root, parentPath(path));
  const target = parent === undefined ? undefined : joinPath(parent, baseName(path));
  return target === undefined || root.find(target)?.isSymbolicLink() === true ? undefined : target;
}

/** Reads a file. @throws {FileSystemError} EFBIG, EINVAL for what is no file; ENOENT ... */
export function readHostFile({ directory, below, path }: HostFile, maxBytes: number): Buffer {
  using root = SafeDirectory.open(directory);
  return readBuffer({ path, open: () => root.openRead(below) }, maxBytes);
}

/** Writes a file, which is made for its owner alone. @throws {FileSystemError} ENOENT, EISDIR, EINVAL ... */
export function writeHostFile(file: HostFile, content: Uint8Array, isAppended: boolean): void {
  const { directory, below, path } = file;
  using root = SafeDirectory.open(directory);
  const how = isAppended ? constants.O_APPEND : constants.O_TRUNC;
  // Not to wait for a named pipe.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK | how;
  const descriptor = opened(root.address(below), flags | constants.O_NOFOLLOW, path);
  try {
    if (!fstatSync(descriptor).isFile()) {
      throw new FileSystemError('EINVAL', `'${path}' is not a regular file.`, { path });
    }
    writeFully(descriptor, content, path);
  } finally {
    closeSync(descriptor);
  }
}

function opened(address: string, flags: number, path: string): number {
  try {
    return openSync(address, flags, 0o600);
  } catch (error) {
    throw diskError(error, path, 'write');
  }
}
