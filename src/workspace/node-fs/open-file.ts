/**
 * An open file, by bytes. It names a path, links resolved when it was opened; each operation is one
 * transaction on what is there now.
 */

import { readSync } from 'node:fs';
import { CHUNK_THRESHOLD } from '../../primitives/limits.ts';
import { parentPath, parsePath, type TreePath } from '../../primitives/path.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import { type ContentRef, prepareContent } from '../../store/contents.ts';
import { auditRecord, type FileEffect } from '../core/audit-record.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { changeMode, changeTime, truncateFile, writeFile } from '../files/edit-files.ts';
import {
  alreadyExists,
  isDirectory,
  notDirectory,
  notFound,
  tooManyLinks,
} from '../files/file-errors.ts';
import type { FileInfo } from '../files/file-info.ts';
import { IgnoredFiles, openIgnored } from '../files/ignored-files.ts';
import { FileReader } from '../files/read-files.ts';
import { resolvePath } from '../files/resolve.ts';
import type { OpenFlags } from './open-flags.ts';
import { withDescriptor } from './with-descriptor.ts';

const EMPTY = new Uint8Array();

/** Small reads one after the other of a large file share what is read at once. */
const BLOCK_BYTES = 64 * 1024;

/** A file of a workspace that was opened. */
export class OpenFile {
  /** Without links. */
  readonly path: TreePath;
  readonly flags: OpenFlags;
  readonly #core: WorkspaceCore;
  readonly #reader: FileReader;
  /** The block that was read last, of content that is named by its id. */
  #block: { readonly file: string; readonly index: number; readonly bytes: Buffer } | undefined;

  private constructor(core: WorkspaceCore, reader: FileReader, path: TreePath, flags: OpenFlags) {
    this.#core = core;
    this.#reader = reader;
    this.path = path;
    this.flags = flags;
  }

  /**
   * Opens a file or, to be read, a directory; makes or empties it where the flags say so.
   *
   * @param mode - permission bits of a file that is made.
   * @throws {FileSystemError} ENOENT, EEXIST, EISDIR, ENOTDIR, ELOOP; {InvalidPathError}.
   * @throws {ReadOnlyError} {PermissionDeniedError} {WorkspaceExpiredError} when it is to be changed.
   */
  static open(core: WorkspaceCore, path: string, flags: OpenFlags, mode: number): OpenFile {
    const { reader, target, info } = locate(core, path, flags);
    const file = new OpenFile(core, reader, target, flags);
    if (info === undefined) file.#make(mode);
    else if (flags.truncate && flags.write && info.size > 0) file.truncate(0);
    if (flags.read) file.#recordRead(info?.size ?? 0);
    return file;
  }

  /** What is there now. @throws {FileNotFoundError} */
  info(): FileInfo {
    const info = this.#reader.info(this.path, { followLast: true });
    if (info === undefined) throw notFound(this.path);
    return info;
  }

  /** Up to `length` bytes from `position`; none at and beyond the end. */
  read(position: number, length: number): Buffer {
    const found = this.#reader.findFile(this.path);
    if (found.kind === 'versioned') {
      const end = Math.min(position + length, found.entry.size);
      return position >= end ? Buffer.alloc(0) : this.#part(found.entry, position, end);
    }
    return withDescriptor(openIgnored(found.file), (descriptor) => {
      const size = Math.max(Math.min(length, found.file.entry.size - position), 0);
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, size === 0 ? 0 : readSync(descriptor, bytes, 0, size, position));
    });
  }

  /**
   * Writes at `position`, or with `append` at the end.
   *
   * @returns where the written bytes end.
   */
  write(bytes: Uint8Array, position: number): number {
    if (bytes.length === 0) return position;
    let end = position + bytes.length;
    this.#edit((draft) => {
      const flag = this.flags.append ? 'a' : { position };
      const effect = writeFile(draft, this.path, bytes, { flag });
      if (this.flags.append) end = effect.after?.size ?? end;
      return [effect];
    });
    return end;
  }

  /** Cuts it off, or continues it with zeros. */
  truncate(size: number): void {
    this.#edit((draft) => [truncateFile(draft, this.path, size)]);
  }

  /** Changes the permission bits. */
  chmod(mode: number): void {
    this.#core.edit((draft) => [changeMode(draft, this.path, mode)]);
    if (this.flags.durable) this.sync();
  }

  /** Sets the time of the last change, in ms since 1970. */
  setTime(mtime: number): void {
    this.#core.edit((draft) => {
      changeTime(draft, this.path, mtime);
      return [];
    });
  }

  /** Returns when everything before would survive a power cut. */
  sync(): void {
    const { working } = this.#core;
    const { updatedAt } = working.row();
    working.change(
      (draft) => {
        draft.row.updatedAt = updatedAt;
      },
      { durable: true },
    );
  }

  #edit(action: (draft: Draft) => readonly FileEffect[]): void {
    const inherited = this.#reader.inherited(this.path);
    this.#core.edit((draft) => {
      const { contents } = draft.store;
      if (resolvePath(draft.tree, contents, this.path, { followLast: true }).entry === undefined) {
        if (inherited === undefined) throw notFound(this.path);
        const content = prepareContent(inherited.bytes);
        writeFile(draft, this.path, content, { flag: 'w', mode: inherited.mode });
      }
      return action(draft);
    });
    if (this.flags.durable) this.sync();
  }

  #make(mode: number): void {
    const content = prepareContent(EMPTY);
    this.#core.edit((draft) => {
      const there = resolvePath(draft.tree, draft.store.contents, this.path, {
        followLast: true,
      }).entry;
      // Another process may have made it since.
      if (there !== undefined && !this.flags.exclusive && !this.flags.truncate) return [];
      return [
        writeFile(draft, this.path, content, { flag: this.flags.exclusive ? 'wx' : 'w', mode }),
      ];
    });
    if (this.flags.durable) this.sync();
  }

  #part(content: ContentRef, start: number, end: number): Buffer {
    const { contents } = this.#core.engine.store;
    const index = Math.floor(start / BLOCK_BYTES);
    const from = index * BLOCK_BYTES;
    if (content.size <= CHUNK_THRESHOLD || end > from + BLOCK_BYTES) {
      return contents.read(content, start, end);
    }
    if (this.#block?.file !== content.id || this.#block.index !== index) {
      const bytes = contents.read(content, from, Math.min(from + BLOCK_BYTES, content.size));
      this.#block = { file: content.id, index, bytes };
    }
    return this.#block.bytes.subarray(start - from, end - from);
  }

  #recordRead(size: number): void {
    const { engine, working } = this.#core;
    if (!engine.config.get('security.audit_all_reads')) return;
    working.change((draft) => {
      const read = { operation: 'read', path: this.path, metadata: { size } };
      draft.audit(auditRecord(engine, draft.now, read));
    });
  }
}

/**
 * Where a path leads and what is there, checked against the flags; undefined when it is to be made.
 *
 * @throws as {@link OpenFile.open}.
 */
export function locate(
  core: WorkspaceCore,
  path: string,
  flags: OpenFlags,
): {
  readonly reader: FileReader;
  readonly target: TreePath;
  readonly info: FileInfo | undefined;
} {
  const reader = new FileReader(core, new IgnoredFiles(core.engine, core.uuid));
  const { tree, row } = core.view();
  const follow = !flags.noFollow && !flags.exclusive;
  const { contents } = core.engine.store;
  const { path: target } = resolvePath(tree, contents, parsePath(path), { followLast: follow });
  const info = reader.info(target, { followLast: follow });
  if (info !== undefined) requireFitting(info, target, flags);
  else if (!flags.create) throw notFound(target);
  else requireParent(reader, target);
  if (flags.write) core.requireWritable(row);
  return { reader, target, info };
}

/** @throws {FileSystemError} ENOENT, ENOTDIR when `path` has no directory to be in. */
export function requireParent(reader: FileReader, path: TreePath): void {
  const parent = reader.info(parentPath(path), { followLast: true });
  if (parent === undefined) throw notFound(path);
  if (!parent.isDirectory()) throw notDirectory(path);
}

function requireFitting(info: FileInfo, path: TreePath, flags: OpenFlags): void {
  if (flags.exclusive) throw alreadyExists(path);
  if (info.isSymbolicLink()) throw tooManyLinks(path);
  if (flags.directory && !info.isDirectory()) throw notDirectory(path);
  if (info.isDirectory() && (flags.write || flags.create)) throw isDirectory(path);
}
