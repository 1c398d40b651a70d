/** The files of a workspace as programs for node:fs want them: by handle, and as a file system. */

import { WorkspaceFiles } from '../files/workspace-files.ts';
import type { FileHandle } from './file-handle.ts';
import { NodeFs } from './node-fs.ts';

/** Adds to the file operations of a workspace what node:fs has besides. */
export class OpenableFiles extends WorkspaceFiles {
  #fs: NodeFs | undefined;

  /** The workspace in the shape of `node:fs/promises`, for programs that take a file system. */
  get fs(): NodeFs {
    this.#fs ??= new NodeFs(this);
    return this.#fs;
  }

  /**
   * Opens a file to read and write parts of it; of a large one only the chunks that are touched are
   * stored again. Arguments, positions and errors are those of `open` in node:fs/promises.
   *
   * @param flags - `r`, `r+`, `w`, `wx`, `a` ... or numbers such as `O_RDWR`; default `r`.
   * @param mode - of a file that is made; default 0o666, of which a umask of 022 is taken.
   * @throws {SystemCallError} ENOENT, EEXIST, EISDIR, ENOTDIR, ELOOP, EROFS, EACCES, EPERM, ENOSPC.
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT.
   * @example
   * await using file = await workspace.open('data.bin', 'r+');
   * await file.write(Buffer.from('new'), 0, 3, 4096);
   */
  async open(path: string, flags?: string | number, mode?: number | string): Promise<FileHandle> {
    return this.fs.open(path, flags, mode);
  }
}
