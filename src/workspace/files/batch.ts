/** Several file changes as one: all of them happen, in one transaction, or none. */

import { checkLinkTarget, checkMode, checkOptions, toBytes } from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';
import { parsePath, type TreePath } from '../../primitives/path.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import { type PreparedContent, prepareContent } from '../../store/contents.ts';
import type { Contents } from '../commits/rebase.ts';
import type { Edit, FileEffect } from '../core/audit-record.ts';
import {
  changeMode,
  copy,
  makeDirectory,
  makeLink,
  move,
  remove,
  writeFile,
} from './edit-files.ts';

/** One change of a batch. Paths are as everywhere: `/src/a.ts` or `src/a.ts`. */
export type BatchOp =
  | {
      readonly type: 'write';
      readonly path: string;
      readonly content: string | Uint8Array;
      /** Permission bits; default those of the file that is replaced, else 0o644. */
      readonly mode?: number;
    }
  | { readonly type: 'append'; readonly path: string; readonly content: string | Uint8Array }
  /** Deletes a file or a directory with everything in it. */
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'copy' | 'move'; readonly from: string; readonly to: string }
  /** Makes a directory and its parents, unless it exists. */
  | { readonly type: 'mkdir'; readonly path: string }
  | { readonly type: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly type: 'symlink'; readonly path: string; readonly target: string };

/** What a batch did. */
export interface BatchSummary {
  /** Number of operations. */
  readonly operations: number;
  /** The paths that were written, deleted, moved or changed, in the order of the operations. */
  readonly paths: readonly string[];
  /** Bytes of the contents that were written. */
  readonly bytes: number;
}

/** Collects the operations of a batch; nothing happens before the callback has returned. */
export class Batch {
  readonly #operations: BatchOp[] = [];

  /** Writes a file. */
  writeFile(path: string, content: string | Uint8Array, options?: { mode?: number }): this {
    return this.#add({ type: 'write', path, content, ...checkOptions(options, ['mode']) });
  }

  /** Appends to a file, or creates it. */
  appendFile(path: string, content: string | Uint8Array): this {
    return this.#add({ type: 'append', path, content });
  }

  /** Deletes a file, or a directory with everything in it. */
  delete(path: string): this {
    return this.#add({ type: 'delete', path });
  }

  /** Copies a file or directory. */
  copy(from: string, to: string): this {
    return this.#add({ type: 'copy', from, to });
  }

  /** Moves a file or directory. */
  move(from: string, to: string): this {
    return this.#add({ type: 'move', from, to });
  }

  /** Makes a directory and its parents. */
  mkdir(path: string): this {
    return this.#add({ type: 'mkdir', path });
  }

  /** Changes permission bits. */
  chmod(path: string, mode: number): this {
    return this.#add({ type: 'chmod', path, mode });
  }

  /** Makes a symbolic link at `path`. */
  symlink(target: string, path: string): this {
    return this.#add({ type: 'symlink', path, target });
  }

  /** What was collected. */
  get operations(): readonly BatchOp[] {
    return this.#operations;
  }

  #add(operation: BatchOp): this {
    this.#operations.push(operation);
    return this;
  }
}

/**
 * Checks all operations and hashes their contents, before the transaction begins.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT, {InvalidPathError} INVALID_PATH.
 */
export function prepareBatch(operations: readonly BatchOp[]): Edit[] {
  if (!Array.isArray(operations)) throw wrongType('operations', 'an array', operations);
  return operations.map((operation: BatchOp, i) => {
    if (typeof operation !== 'object' || operation === null) {
      throw wrongType(`operations[${i}]`, 'an object', operation);
    }
    return prepareOp(operation, `operations[${i}]`);
  });
}

/**
 * Makes what writes whole files, whatever is there but a directory.
 *
 * @throws {TypeError} INVALID_ARGUMENT, {InvalidPathError} INVALID_PATH.
 */
export function prepareContents(contents: Contents): Map<TreePath, Edit> {
  if (typeof contents !== 'object' || contents === null) {
    throw wrongType('contents', 'an object', contents);
  }
  return new Map(
    Object.entries(contents).map(([name, data]) => {
      const path = parsePath(name, 'contents');
      const content = prepareContent(toBytes(data, undefined));
      return [
        path,
        (draft) => [...unlinked(draft, path), writeFile(draft, path, content, { flag: 'w' })],
      ];
    }),
  );
}

/** Takes away a link, so that its target is not written. */
function unlinked(draft: Draft, path: TreePath): readonly FileEffect[] {
  if (draft.get(path)?.kind !== 'symlink') return [];
  return present(remove(draft, path, { recursive: false, force: true }));
}

/** Bytes that the operations write. */
export function batchBytes(operations: readonly BatchOp[]): number {
  let bytes = 0;
  for (const operation of operations) {
    if ('content' in operation) bytes += Buffer.byteLength(operation.content);
  }
  return bytes;
}

function prepareOp(operation: BatchOp, name: string): Edit {
  switch (operation.type) {
    case 'write': {
      const path = parsePath(operation.path, `${name}.path`);
      const mode = checkMode(operation.mode);
      const content = prepareContent(toBytes(operation.content, undefined));
      return (draft) => [writeFile(draft, path, content, { flag: 'w', mode })];
    }
    case 'append': {
      const path = parsePath(operation.path, `${name}.path`);
      const bytes = toBytes(operation.content, undefined);
      return (draft) => [writeFile(draft, path, bytes, { flag: 'a' })];
    }
    case 'delete': {
      const path = parsePath(operation.path, `${name}.path`);
      return (draft) => present(remove(draft, path, { recursive: true, force: false }));
    }
    case 'copy':
    case 'move':
      return prepareTransfer(operation, name);
    case 'mkdir': {
      const path = parsePath(operation.path, `${name}.path`);
      return (draft) => present(makeDirectory(draft, path, { recursive: true }));
    }
    case 'chmod': {
      const path = parsePath(operation.path, `${name}.path`);
      const mode = checkMode(operation.mode);
      if (mode === undefined) throw wrongType(`${name}.mode`, 'a number', mode);
      return (draft) => [changeMode(draft, path, mode)];
    }
    case 'symlink': {
      const path = parsePath(operation.path, `${name}.path`);
      const target: PreparedContent = prepareContent(checkLinkTarget(operation.target));
      return (draft) => [makeLink(draft, path, target)];
    }
    default:
      throw unknownType(operation, name);
  }
}

function prepareTransfer(
  operation: Extract<BatchOp, { type: 'copy' | 'move' }>,
  name: string,
): Edit {
  const from = parsePath(operation.from, `${name}.from`);
  const to = parsePath(operation.to, `${name}.to`);
  if (operation.type === 'move') {
    return (draft) => present(move(draft, from, to, { overwrite: true }));
  }
  return (draft) => copy(draft, from, to, { overwrite: true, recursive: true });
}

function unknownType(operation: never, name: string): RangeError {
  const { type } = operation as { readonly type?: unknown };
  const types = 'write, append, delete, copy, move, mkdir, chmod, symlink';
  return wrongValue(`${name}.type`, `one of ${types}`, type);
}

function present(effect: FileEffect | undefined): readonly FileEffect[] {
  return effect === undefined ? [] : [effect];
}
