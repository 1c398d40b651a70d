/**
 * The files of a command while it works with them: what it has written is there before it is in the
 * workspace. Read by handles, and no link is followed out of them.
 */

import { isDeepStrictEqual } from 'node:util';
import { followLinks } from '../../disk/follow-links.ts';
import { readBuffer } from '../../disk/read-file.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { kindOf } from '../../disk/stat-index.ts';
import { MAX_BUFFER_BYTES } from '../../primitives/limits.ts';
import {
  baseName,
  compareNames,
  joinPath,
  nameProblem,
  parentPath,
  parsePath,
  ROOT,
  type TreePath,
} from '../../primitives/path.ts';
import { layersPlace } from '../../runner/layers/layers-place.ts';
import { type LiveNote, LiveNotes } from '../../runner/layers/live-note.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { isDirectory, notDirectory, notFound } from './file-errors.ts';
import { FileInfo } from './file-info.ts';
import type { FileReader } from './read-files.ts';

/** Says where a command of the workspace works. */
export function liveNotesOf({ engine, uuid }: WorkspaceCore): LiveNotes {
  return new LiveNotes(layersPlace(engine.layers, uuid), engine.signer);
}

/** Reads the files of a command that is running. */
export class LiveFiles implements Pick<FileReader, 'read' | 'info' | 'list'>, Disposable {
  readonly #root: SafeDirectory;

  private constructor(root: SafeDirectory) {
    this.#root = root;
  }

  /** Opens them; undefined when no command runs that this process can see. */
  static open(core: WorkspaceCore): LiveFiles | undefined {
    const notes = liveNotesOf(core);
    const note = notes.read();
    const root = note && openRoot(core, note);
    if (root === undefined) return undefined;
    // Still said now: what was opened belongs to that command, and is held open.
    if (isDeepStrictEqual(notes.read(), note)) return new LiveFiles(root);
    root.close();
    return undefined;
  }

  /** The whole content of a file. */
  read(path: TreePath): Buffer {
    const at = this.#follow(path);
    if (this.#root.lstat(at)?.isDirectory() === true) throw isDirectory(at);
    const source = { path: at, open: () => this.#root.openRead(at) };
    return readBuffer(source, MAX_BUFFER_BYTES);
  }

  /** What is at `path`, or undefined; a link at its end is followed where that is wanted. */
  info(path: TreePath, { followLast }: { readonly followLast: boolean }): FileInfo | undefined {
    const above = followLast || path === ROOT ? undefined : this.#find(parentPath(path));
    const at =
      followLast || above === undefined ? this.#find(path) : joinPath(above, baseName(path));
    return at === undefined ? undefined : this.#infoOf(at);
  }

  /** What is in a directory, in the order of the names' bytes; with `recursive`, at any depth. */
  list(path: TreePath, { recursive }: { recursive: boolean }): FileInfo[] {
    const at = this.#follow(path);
    if (this.#root.lstat(at)?.isDirectory() !== true) throw notDirectory(at);
    return [...this.#below(at, recursive)];
  }

  [Symbol.dispose](): void {
    this.#root.close();
  }

  *#below(directory: TreePath, recursive: boolean): Generator<FileInfo> {
    for (const name of this.#root.list(directory).sort(compareNames)) {
      const path = joinPath(directory, name);
      const info = nameProblem(name) === undefined ? this.#infoOf(path) : undefined;
      if (info === undefined) continue;
      yield info;
      if (recursive && info.isDirectory()) yield* this.#below(path, true);
    }
  }

  #infoOf(path: TreePath): FileInfo | undefined {
    const stats = this.#root.find(path);
    const kind = stats && kindOf(stats);
    if (stats === undefined || kind === undefined) return undefined;
    const { mode, mtimeMs, size } = stats;
    const target = kind === 'symlink' ? this.#root.readlink(path).toString('utf8') : undefined;
    const entry = { kind, mode: mode & 0o777, mtime: Math.trunc(mtimeMs), size };
    return new FileInfo(path, entry, { target });
  }

  #follow(path: TreePath): TreePath {
    const at = this.#find(path);
    if (at === undefined) throw notFound(path);
    return at;
  }

  /** A link may lead to what no path of a workspace names, such as `.git`. */
  #find(path: TreePath): TreePath | undefined {
    const at = followLinks(this.#root, path);
    return at === undefined ? undefined : parsePath(at);
  }
}

function openRoot(core: WorkspaceCore, { address }: LiveNote): SafeDirectory | undefined {
  try {
    const { files } = address;
    return typeof files === 'string' ? SafeDirectory.open(files) : core.workPlace.openIfThere();
  } catch {
    // It has ended meanwhile, or belongs to somebody else.
    return undefined;
  }
}
