/** `fs.cp`: a directory as a whole, or name by name where something has to be decided for each. */

import { wrongType } from '../../primitives/errors.ts';
import { alreadyExists, isDirectory } from '../files/file-errors.ts';
import type { WorkspaceFiles } from '../files/workspace-files.ts';

/** How `cp` copies. */
export interface CopyTreeOptions {
  /** Copies directories with what is in them; default false. */
  readonly recursive?: boolean | undefined;
  /** Replaces what is there; default true. */
  readonly force?: boolean | undefined;
  /** Fails where something is there and `force` is false; default false. */
  readonly errorOnExist?: boolean | undefined;
  /** Whether to copy one path, a directory with all below it. */
  readonly filter?: (source: string, target: string) => boolean | Promise<boolean>;
}

/**
 * Copies a file, link or directory. A directory without filter costs the same whatever is in it.
 *
 * @throws {FileSystemError} ENOENT, EISDIR, ENOTDIR, EEXIST, EINVAL.
 */
export async function copyTree(
  files: WorkspaceFiles,
  source: string,
  target: string,
  options: CopyTreeOptions,
): Promise<void> {
  const { recursive = false, force = true, errorOnExist = false, filter } = options;
  if (filter !== undefined && typeof filter !== 'function') {
    throw wrongType('filter', 'a function', filter);
  }
  if (filter !== undefined && !(await filter(source, target))) return;
  const info = await files.lstat(source);
  if (info.isDirectory() && !recursive) throw isDirectory(info.path);
  if (info.isSymbolicLink()) return copyLink(files, source, target, force, errorOnExist);
  if (info.isDirectory() && (filter !== undefined || !force)) {
    await files.mkdir(target, { recursive: true });
    for (const name of await files.readdir(source)) {
      await copyTree(files, `${source}/${name}`, `${target}/${name}`, options);
    }
    return;
  }
  if (force || (await isFree(files, target, errorOnExist))) {
    await files.copy(source, target, { recursive, overwrite: force });
  }
}

async function copyLink(
  files: WorkspaceFiles,
  source: string,
  target: string,
  force: boolean,
  errorOnExist: boolean,
): Promise<void> {
  const to = await files.readlink(source);
  if (force) await files.delete(target, { force: true });
  else if (!(await isFree(files, target, errorOnExist))) return;
  await files.symlink(to, target);
}

async function isFree(
  files: WorkspaceFiles,
  path: string,
  errorOnExist: boolean,
): Promise<boolean> {
  const isThere = await files.lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere && errorOnExist) throw alreadyExists(path.replace(/^\/+/, ''));
  return !isThere;
}
