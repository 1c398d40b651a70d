/** The file operations that only read a workspace. */

import type { Entry } from '../../primitives/entry.ts';
import { MAX_BUFFER_BYTES } from '../../primitives/limits.ts';
import { joinPath, type TreePath } from '../../primitives/path.ts';
import type { PendingTree } from '../../tree/pending-tree.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { impossible, isDirectory, notDirectory, notFound, tooLarge } from './file-errors.ts';
import { FileInfo } from './file-info.ts';
import type { IgnoredFile, IgnoredFiles } from './ignored-files.ts';
import { type Resolved, resolvePath } from './resolve.ts';

/** A versioned file, or an ignored one on disk. */
export type FoundFile =
  | { readonly kind: 'versioned'; readonly path: TreePath; readonly entry: Entry }
  | { readonly kind: 'ignored'; readonly file: IgnoredFile };

/** Reads files and directories of one workspace. */
export class FileReader {
  readonly #core: WorkspaceCore;
  readonly #ignored: IgnoredFiles;

  constructor(core: WorkspaceCore, ignored: IgnoredFiles) {
    this.#core = core;
    this.#ignored = ignored;
  }

  /** The whole content of a file, in a buffer of its own. */
  read(path: TreePath): Buffer {
    const found = this.findFile(path);
    if (found.kind === 'ignored') return this.#ignored.read(found.file);
    const { entry } = found;
    if (entry.size > MAX_BUFFER_BYTES) throw tooLarge(path, entry.size);
    // A copy: what the cache holds must not be written to.
    return Buffer.from(this.#core.engine.store.contents.read(entry));
  }

  /** The file at `path`, links followed; an error when it is something else. */
  findFile(path: TreePath): FoundFile {
    const { path: target, entry } = this.#resolve(this.#core.view().tree, path, {
      followLast: true,
    });
    if (entry?.kind === 'directory') throw isDirectory(target);
    if (entry !== undefined) return { kind: 'versioned', path: target, entry };
    const file = this.#ignored.find(target);
    if (file === undefined) throw notFound(target);
    if (file.entry.kind === 'directory') throw isDirectory(target);
    return { kind: 'ignored', file };
  }

  /** The ignored file at `path`, when the workspace holds nothing there; its bytes and mode. */
  inherited(path: TreePath): { readonly bytes: Buffer; readonly mode: number } | undefined {
    const { path: target, entry } = this.#resolve(this.#core.view().tree, path, {
      followLast: true,
    });
    const file = entry === undefined ? this.#ignored.find(target) : undefined;
    if (file?.entry.kind !== 'file') return undefined;
    return { bytes: this.#ignored.read(file), mode: file.entry.mode };
  }

  /** What is at `path`, or undefined; a link at its end is followed when asked for. */
  info(path: TreePath, { followLast }: { followLast: boolean }): FileInfo | undefined {
    const { path: target, entry } = this.#resolve(this.#core.view().tree, path, { followLast });
    if (entry !== undefined) return this.#infoOf(target, entry);
    const file = this.#ignored.find(target);
    return file === undefined ? undefined : ignoredInfo(file);
  }

  /** What is in a directory, in the order of the names' bytes; with `recursive`, at any depth. */
  list(path: TreePath, { recursive }: { recursive: boolean }): FileInfo[] {
    const { tree } = this.#core.view();
    const { path: target, entry } = this.#resolve(tree, path, { followLast: true });
    if (entry === undefined) return this.#listIgnored(target, recursive);
    if (entry.kind !== 'directory') throw notDirectory(target);
    if (recursive)
      return Array.from(tree.walk(target), ([each, found]) => this.#infoOf(each, found));
    return Array.from(tree.list(target), ([name, found]) =>
      this.#infoOf(joinPath(target, name), found),
    );
  }

  /** The target of a symbolic link. */
  readlink(path: TreePath): string {
    const { path: target, entry } = this.#resolve(this.#core.view().tree, path, {
      followLast: false,
    });
    if (entry === undefined) throw notFound(target);
    if (entry.kind !== 'symlink') throw impossible(target, 'not a symbolic link');
    return this.#target(entry);
  }

  #listIgnored(path: TreePath, recursive: boolean): FileInfo[] {
    const directory = this.#ignored.find(path);
    if (directory === undefined) throw notFound(path);
    if (directory.entry.kind !== 'directory') throw notDirectory(path);
    const found: FileInfo[] = [];
    const todo = [directory];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      for (const file of this.#ignored.list(next)) {
        found.push(ignoredInfo(file));
        if (recursive && file.entry.kind === 'directory') todo.push(file);
      }
    }
    return found;
  }

  #resolve(tree: PendingTree, path: TreePath, how: { followLast: boolean }): Resolved {
    return resolvePath(tree, this.#core.engine.store.contents, path, how);
  }

  #infoOf(path: TreePath, entry: Entry): FileInfo {
    if (entry.kind === 'directory') return new FileInfo(path, entry);
    const target = entry.kind === 'symlink' ? this.#target(entry) : undefined;
    return new FileInfo(path, entry, { hash: entry.id, target });
  }

  #target(link: Entry): string {
    return this.#core.engine.store.contents.read(link).toString('utf8');
  }
}

function ignoredInfo(file: IgnoredFile): FileInfo {
  return new FileInfo(file.path, file.entry, { origin: 'ignored' });
}
