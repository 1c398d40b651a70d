/** What `stat` and `listDir` say about a path. */

import type { Entry, EntryKind } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { baseName, type TreePath } from '../../primitives/path.ts';

/** Where a file comes from: the workspace, or an ignored path of the base that is read through. */
export type FileOrigin = 'workspace' | 'ignored';

/** A file, directory or symbolic link. */
export class FileInfo {
  /** The last component of the path; `''` for the root. */
  readonly name: string;
  /** The path from the root, without a leading slash; `''` for the root. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
  /** Last change; for a directory, when it was made. */
  readonly mtime: Date;
  /** `ignored`: not versioned, read through from the base. */
  readonly origin: FileOrigin;
  /** The id of a file's content; undefined for directories and ignored paths. */
  readonly hash: ObjectId | undefined;
  /** Where a symbolic link points to. */
  readonly target: string | undefined;

  /** @internal */
  constructor(path: TreePath, entry: Omit<Entry, 'id' | 'files'>, more: FileInfoDetails = {}) {
    this.name = baseName(path);
    this.path = path;
    this.kind = entry.kind;
    this.size = entry.kind === 'directory' ? 0 : entry.size;
    this.mode = entry.mode;
    this.mtime = new Date(entry.mtime);
    this.origin = more.origin ?? 'workspace';
    this.hash = more.hash;
    this.target = more.target;
  }

  /** Whether it is a regular file. */
  isFile(): boolean {
    return this.kind === 'file';
  }

  /** Whether it is a directory. */
  isDirectory(): boolean {
    return this.kind === 'directory';
  }

  /** Whether it is a symbolic link. */
  isSymbolicLink(): boolean {
    return this.kind === 'symlink';
  }
}

/** What {@link FileInfo} may hold besides the entry. */
export interface FileInfoDetails {
  readonly origin?: FileOrigin;
  readonly hash?: ObjectId | undefined;
  readonly target?: string | undefined;
}
