/** The changing half of a workspace's file operations: its face looks like node:fs. */

import type { Writable } from 'node:stream';
import {
  checkBoolean,
  checkChoice,
  checkCount,
  checkLinkTarget,
  checkMode,
  checkOptions,
  checkText,
  toBytes,
} from '../../primitives/arguments.ts';
import { wrongType } from '../../primitives/errors.ts';
import { parsePath, type TreePath } from '../../primitives/path.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import { prepareContent } from '../../store/contents.ts';
import type { FileEffect } from '../core/audit-record.ts';
import type { OperationLabel } from '../core/workspace-core.ts';
import { Batch, type BatchOp, type BatchSummary, batchBytes, prepareBatch } from './batch.ts';
import { type BatchResult, processAll } from './batch-process.ts';
import {
  changeMode,
  copy,
  makeDirectory,
  makeLink,
  move,
  remove,
  WRITE_OPTIONS,
  type WriteFlag,
  type WriteOptions,
  writeFile,
} from './edit-files.ts';
import { alreadyExists } from './file-errors.ts';
import { openWritable, type WriteStreamOptions } from './file-streams.ts';
import { ReadableFiles } from './readable-files.ts';
import { resolvePath } from './resolve.ts';
import {
  type ArchiveSource,
  type ImportOverOptions,
  type ImportResult,
  importTar,
} from './tar-import.ts';

/**
 * Reads and changes the files of a workspace. Every change is one transaction with its audit row:
 * when the promise resolves it is stored, and no reader ever sees half of it.
 */
export class WorkspaceFiles extends ReadableFiles {
  /**
   * Writes a file, creating its parents.
   *
   * @throws {FileSystemError} EISDIR, ENOTDIR, EEXIST with flag `wx`, FILE_CHANGED with `ifHash`;
   *   {InvalidPathError}.
   * @throws {ReadOnlyError} {PermissionDeniedError} {WorkspaceExpiredError} {StorageError}.
   * @example await workspace.writeFile('/src/index.ts', text);
   */
  async writeFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void> {
    const { encoding, mode, flag, ifHash } = checkOptions(options, WRITE_OPTIONS);
    const target = parsePath(path);
    const bytes = toBytes(data, encoding);
    const settings = {
      flag: checkChoice('flag', flag, ['w', 'a', 'wx']) ?? 'w',
      mode: checkMode(mode),
      ifHash: ifHash === null ? null : checkText('ifHash', ifHash),
    };
    if (settings.flag === 'a') return this.#extend(target, bytes, settings);
    if (settings.flag === 'wx' && this.reader.inherited(target) !== undefined) {
      throw alreadyExists(target);
    }
    const content = prepareContent(bytes);
    const write = (draft: Draft): FileEffect[] => [writeFile(draft, target, content, settings)];
    this.core.edit(write, undefined, { repeatable: true });
  }

  /** Appends to a file, or creates it; only the last chunk of a large file is rewritten. */
  async appendFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void> {
    return this.writeFile(path, data, { ...checkOptions(options, WRITE_OPTIONS), flag: 'a' });
  }

  /**
   * Writes bytes in the middle of a file, or beyond its end (the gap reads as zeros); creates it
   * when it is missing. Of a large file only the chunks that are touched are stored again.
   *
   * @param position - byte of the file at which `data` goes.
   * @throws as {@link writeFile}.
   */
  async patchFile(path: string, data: string | Uint8Array, position: number): Promise<void> {
    const target = parsePath(path);
    const bytes = toBytes(data, undefined);
    const at = checkCount('position', position);
    if (at === undefined) throw wrongType('position', 'a number', position);
    this.#extend(target, bytes, { flag: { position: at } });
  }

  /**
   * Makes a directory. With `recursive` its parents too, and it may exist already.
   *
   * @throws {FileSystemError} EEXIST; ENOENT when the parent is missing; ENOTDIR.
   */
  async mkdir(path: string, options?: { recursive?: boolean; mode?: number }): Promise<void> {
    const { recursive, mode } = checkOptions(options, ['recursive', 'mode']);
    const target = parsePath(path);
    const settings = {
      recursive: checkBoolean('recursive', recursive) ?? false,
      mode: checkMode(mode),
    };
    this.core.edit((draft) => present(makeDirectory(draft, target, settings)));
  }

  /** Changes permission bits (0 to 0o777) of a file or directory. @throws {FileNotFoundError} */
  async chmod(path: string, mode: number): Promise<void> {
    const target = parsePath(path);
    const bits = checkMode(mode);
    if (bits === undefined) throw wrongType('mode', 'a number', mode);
    this.core.edit((draft) => [changeMode(draft, target, bits)]);
  }

  /**
   * Makes a symbolic link at `path`. The target is kept as it is; one that leads outside the
   * workspace is never followed. @throws {FileSystemError} EEXIST, ENOTDIR
   */
  async symlink(target: string, path: string): Promise<void> {
    const link = parsePath(path);
    const content = prepareContent(checkLinkTarget(target));
    this.core.edit((draft) => [makeLink(draft, link, content)]);
  }

  /**
   * Copies a file or directory, creating parents. Costs the same whatever its size.
   *
   * @throws {FileSystemError} ENOENT, EEXIST without `overwrite`, EISDIR, ENOTDIR, EINVAL.
   */
  async copy(
    source: string,
    target: string,
    options?: { overwrite?: boolean; recursive?: boolean },
  ): Promise<void> {
    const given = checkOptions(options, ['overwrite', 'recursive']);
    const from = parsePath(source, 'source');
    const to = parsePath(target, 'target');
    const overwrite = checkBoolean('overwrite', given.overwrite) ?? true;
    const recursive = checkBoolean('recursive', given.recursive) ?? true;
    const inherited = this.reader.inherited(from);
    if (inherited !== undefined) return this.#copyInherited(inherited, to, overwrite);
    this.core.edit((draft) => copy(draft, from, to, { overwrite, recursive }));
  }

  /**
   * Moves a file or directory, creating parents of the new place. Costs the same whatever its size.
   *
   * @throws {FileSystemError} ENOENT, EEXIST without `overwrite`, EISDIR, ENOTDIR, ENOTEMPTY, EINVAL.
   */
  async move(source: string, target: string, options?: { overwrite?: boolean }): Promise<void> {
    const given = checkOptions(options, ['overwrite']);
    const from = parsePath(source, 'source');
    const to = parsePath(target, 'target');
    const overwrite = checkBoolean('overwrite', given.overwrite) ?? true;
    const operation = this.#operationFor(from, { kind: 'move', summary: `move ${from} to ${to}` });
    this.core.edit((draft) => present(move(draft, from, to, { overwrite })), operation);
  }

  /**
   * Deletes a file, link or empty directory; with `recursive` a directory and everything in it.
   *
   * @throws {FileSystemError} ENOENT unless `force`; ENOTEMPTY without `recursive`.
   */
  async delete(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
    const given = checkOptions(options, ['recursive', 'force']);
    const target = parsePath(path);
    const recursive = checkBoolean('recursive', given.recursive) ?? false;
    const force = checkBoolean('force', given.force) ?? false;
    const operation = this.#operationFor(target, { kind: 'delete', summary: `delete ${target}` });
    this.core.edit((draft) => present(remove(draft, target, { recursive, force })), operation);
  }

  /** A stream into a file; its content is visible once the stream has finished, or not at all. */
  createWriteStream(path: string, options?: WriteStreamOptions): Writable {
    const { mode, flag } = checkOptions(options, ['mode', 'flag']);
    const settings = { mode: checkMode(mode), flag: checkChoice('flag', flag, ['w', 'wx']) };
    return openWritable(this.core, parsePath(path), settings);
  }

  /**
   * Makes several changes as one transaction and one operation: all happen, or none. Takes the
   * operations, or a function that collects them; when the function throws, nothing happens.
   *
   * @throws what the single operations throw.
   * @example await workspace.batch((batch) => batch.writeFile('/a', '1').delete('/old'));
   */
  async batch(operations: readonly BatchOp[] | ((batch: Batch) => unknown)): Promise<BatchSummary> {
    const list = typeof operations === 'function' ? await collect(operations) : operations;
    const prepared = prepareBatch(list);
    const operation: OperationLabel = { kind: 'batch', summary: `batch of ${prepared.length}` };
    const doAll = (draft: Draft): FileEffect[] => prepared.flatMap((each) => each(draft));
    const effects = this.core.edit(doAll, operation, { repeatable: true });
    const paths = effects.map((effect) => effect.path);
    return { operations: prepared.length, paths, bytes: batchBytes(list) };
  }

  /**
   * Calls `process` for each file, a few at a time; a failure becomes a result, never an error.
   *
   * @param options - `concurrency`: calls at a time, default 10.
   * @returns the results in the order of `files`.
   */
  async batchProcess<T>(
    files: readonly string[],
    process: (path: string) => Promise<T> | T,
    options?: { concurrency?: number },
  ): Promise<BatchResult<T>[]> {
    const { concurrency } = checkOptions(options, ['concurrency']);
    const limit = this.core.engine.config.get('performance.max_concurrent_ops');
    return processAll(files, process, checkCount('concurrency', concurrency, 1) ?? limit);
  }

  /**
   * Takes a tar archive, plain or with gzip, into the workspace: all of it or nothing, as one operation
   * that undo can take back. Files and links replace what is there, directories are merged.
   *
   * @param source - the bytes, such as `createReadStream('vendor.tar.gz')`; read to the end.
   * @throws {ArchiveError} ARCHIVE_INVALID when it is damaged, cut off or no archive;
   *   ARCHIVE_REFUSED for absolute names, `..`, `.git`, names that are too long or there twice,
   *   links that lead outside, devices, and where a file would replace a directory or be one.
   * @throws {ReadOnlyError} {PermissionDeniedError} {WorkspaceExpiredError} {StorageError};
   *   {AgentFSError} ABORTED; what `source` throws.
   * @example await workspace.importTar(createReadStream('/tmp/vendor.tar.gz'));
   */
  async importTar(source: ArchiveSource, options?: ImportOverOptions): Promise<ImportResult> {
    return importTar(this.core, source, options);
  }

  #copyInherited(
    file: { readonly bytes: Uint8Array; readonly mode: number },
    to: TreePath,
    overwrite: boolean,
  ): void {
    const content = prepareContent(file.bytes);
    const settings = { flag: overwrite ? 'w' : 'wx', mode: file.mode } as const;
    this.core.edit((draft) => [writeFile(draft, to, content, settings)]);
  }

  /** Changes a part of a file; of an ignored one that is read through, in a copy of its own. */
  #extend(
    path: TreePath,
    bytes: Uint8Array,
    settings: { readonly flag: WriteFlag; readonly mode?: number | undefined },
  ): void {
    const inherited = this.reader.inherited(path);
    this.core.edit((draft) => {
      if (inherited !== undefined && draft.get(path) === undefined) {
        const content = prepareContent(inherited.bytes);
        writeFile(draft, path, content, { flag: 'w', mode: inherited.mode });
      }
      return [writeFile(draft, path, bytes, settings)];
    });
  }

  /** Only directories make an operation of their own: a file is a change like any other write. */
  #operationFor(path: TreePath, operation: OperationLabel): OperationLabel | undefined {
    const { tree } = this.core.view();
    const { entry } = resolvePath(tree, this.core.engine.store.contents, path, {
      followLast: false,
    });
    return entry?.kind === 'directory' ? operation : undefined;
  }
}

async function collect(fill: (batch: Batch) => unknown): Promise<readonly BatchOp[]> {
  const batch = new Batch();
  await fill(batch);
  return batch.operations;
}

function present(effect: FileEffect | undefined): readonly FileEffect[] {
  return effect === undefined ? [] : [effect];
}
