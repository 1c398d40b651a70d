/**
 * The file operations that change a workspace, on a draft inside a transaction. Batches and single
 * calls use the same functions.
 */

import type { Entry } from '../../primitives/entry.ts';
import { MAX_GROWN_BYTES } from '../../primitives/limits.ts';
import { isWithin, joinPath, parentPath, ROOT, type TreePath } from '../../primitives/path.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import { type PreparedContent, prepareContent } from '../../store/contents.ts';
import { emptyDirectory } from '../../tree/pending-tree.ts';
import type { FileEffect } from '../core/audit-record.ts';
import {
  alreadyExists,
  changedMeanwhile,
  impossible,
  isDirectory,
  notDirectory,
  notEmpty,
  notFound,
  outgrown,
} from './file-errors.ts';
import { resolvePath } from './resolve.ts';

/** Options of `writeFile`. */
export interface WriteOptions {
  /** How a string becomes bytes; default `utf8`. */
  readonly encoding?: BufferEncoding | undefined;
  /** Permission bits, 0 to 0o777; default those of the file that is replaced, else 0o644. */
  readonly mode?: number | undefined;
  /** `w` replaces, `a` appends, `wx` fails when the file exists; default `w`. */
  readonly flag?: 'w' | 'a' | 'wx' | undefined;
  /**
   * Writes only while the workspace has this content there, as the `hash` of `stat` names it, or with
   * null nothing: so that a caller that read it before overwrites no other work.
   */
  readonly ifHash?: string | null | undefined;
}

/** The names of {@link WriteOptions}. */
export const WRITE_OPTIONS: readonly (keyof WriteOptions)[] = [
  ...(['encoding', 'mode', 'flag', 'ifHash'] as const),
];

const EMPTY_FILE = prepareContent(new Uint8Array());
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** How a file is written: replaced, appended to, only if it does not exist, or patched in place. */
export type WriteFlag = 'w' | 'a' | 'wx' | { readonly position: number };

/** Writes a file, creating parents. Content that was prepared ahead is only inserted here. */
export function writeFile(
  draft: Draft,
  path: TreePath,
  data: PreparedContent | Uint8Array,
  options: Omit<WriteOptions, 'encoding' | 'flag'> & { readonly flag: WriteFlag },
): FileEffect {
  const { path: target, entry: before } = resolvePath(draft.tree, draft.store.contents, path, {
    followLast: true,
  });
  if (target === ROOT || before?.kind === 'directory') throw isDirectory(target);
  if (options.flag === 'wx' && before !== undefined) throw alreadyExists(target);
  const { ifHash } = options;
  if (ifHash !== undefined && ifHash !== (before?.id ?? null)) throw changedMeanwhile(target);
  makeParents(draft, target);
  const content =
    data instanceof Uint8Array ? patched(draft, target, before, data, options.flag) : data;
  draft.store.contents.put(content);
  const mode = options.mode ?? before?.mode ?? FILE_MODE;
  const { id, size } = content;
  const after: Entry = { kind: 'file', mode, mtime: draft.now, size, files: 1, id };
  draft.set(target, after);
  return { operation: before === undefined ? 'create' : 'write', path: target, before, after };
}

/** Cuts a file off, or continues it with zeros, at `size` bytes. */
export function truncateFile(draft: Draft, path: TreePath, size: number): FileEffect {
  const { path: target, entry: before } = existing(draft, path, true);
  if (before.kind === 'directory') throw isDirectory(target);
  if (size > Math.max(before.size, MAX_GROWN_BYTES)) throw outgrown(target, size);
  const content = draft.store.contents.truncate(before, size);
  draft.store.contents.put(content);
  const after: Entry = { ...before, mtime: draft.now, size, id: content.id };
  draft.set(target, after);
  return { operation: 'write', path: target, before, after };
}

/** Sets the time of the last change, in ms since 1970; by itself that is no change of the tree. */
export function changeTime(draft: Draft, path: TreePath, mtime: number): void {
  const { path: target, entry } = existing(draft, path, true);
  if (target === ROOT) throw impossible(target, 'the root has no time of its own');
  draft.set(target, { ...withContent(draft, target, entry), mtime });
}

/** Makes a directory; with `recursive` also its parents, and it may exist already. */
export function makeDirectory(
  draft: Draft,
  path: TreePath,
  options: { readonly recursive: boolean; readonly mode?: number | undefined },
): FileEffect | undefined {
  const { path: target, entry } = resolvePath(draft.tree, draft.store.contents, path, {
    followLast: true,
  });
  if (entry?.kind === 'directory' && options.recursive) return undefined;
  if (entry !== undefined) throw alreadyExists(target);
  if (options.recursive) makeParents(draft, target);
  else requireDirectory(draft, parentPath(target));
  const after = emptyDirectory(options.mode ?? DIRECTORY_MODE, draft.now);
  draft.set(target, after);
  return { operation: 'create', path: target, before: undefined, after };
}

/** Makes a symbolic link; the target is kept as it is. */
export function makeLink(draft: Draft, path: TreePath, target: PreparedContent): FileEffect {
  const { path: link, entry } = resolvePath(draft.tree, draft.store.contents, path, {
    followLast: false,
  });
  if (entry !== undefined) throw alreadyExists(link);
  makeParents(draft, link);
  draft.store.contents.put(target);
  const { id, size } = target;
  const after: Entry = { kind: 'symlink', mode: 0o777, mtime: draft.now, size, files: 1, id };
  draft.set(link, after);
  return { operation: 'create', path: link, before: undefined, after };
}

/** Changes the permission bits of a file or directory. */
export function changeMode(draft: Draft, path: TreePath, mode: number): FileEffect {
  const { path: target, entry: before } = existing(draft, path, true);
  if (target === ROOT) throw impossible(target, 'the root has no mode of its own');
  const after = { ...withContent(draft, target, before), mode };
  draft.set(target, after);
  return { operation: 'chmod', path: target, before, after };
}

/** Deletes a file, link or directory; undefined when there is nothing and `force` allows that. */
export function remove(
  draft: Draft,
  path: TreePath,
  options: { readonly recursive: boolean; readonly force: boolean },
): FileEffect | undefined {
  if (path === ROOT) throw impossible(path, 'the root cannot be deleted');
  const { path: target, entry: before } = resolvePath(draft.tree, draft.store.contents, path, {
    followLast: false,
  });
  if (before === undefined) {
    if (options.force) return undefined;
    throw notFound(target);
  }
  if (before.kind === 'directory' && !options.recursive && !isEmpty(draft, target)) {
    throw notEmpty(target);
  }
  draft.set(target, undefined);
  return { operation: 'delete', path: target, before, after: undefined };
}

/** Copies a file, link or directory; a directory is shared, not copied, so its size is no matter. */
export function copy(
  draft: Draft,
  from: TreePath,
  to: TreePath,
  options: { readonly overwrite: boolean; readonly recursive: boolean },
): FileEffect[] {
  const source = existing(draft, from, true);
  const target = resolvePath(draft.tree, draft.store.contents, to, { followLast: true });
  if (source.entry.kind === 'directory') {
    if (!options.recursive) throw isDirectory(source.path);
    if (isWithin(target.path, source.path)) throw impossible(from, 'cannot copy into itself');
  }
  return place(draft, source.path, source.entry, target.path, options.overwrite);
}

/** Moves a file, link or directory, as rename(2) does, creating the parents of the new place. */
export function move(
  draft: Draft,
  from: TreePath,
  to: TreePath,
  options: { readonly overwrite: boolean },
): FileEffect | undefined {
  const source = existing(draft, from, false);
  const target = resolvePath(draft.tree, draft.store.contents, to, { followLast: false });
  if (source.path === ROOT) throw impossible(from, 'the root cannot be moved');
  if (source.path === target.path) return undefined;
  if (isWithin(target.path, source.path)) throw impossible(from, 'cannot move into itself');
  const before = target.entry;
  if (before !== undefined) {
    if (!options.overwrite) throw alreadyExists(target.path);
    requireReplaceable(draft, source.entry, target.path, before);
  }
  makeParents(draft, target.path);
  const after = withContent(draft, source.path, source.entry);
  draft.set(source.path, undefined);
  draft.set(target.path, after);
  const metadata = { from: source.path };
  return { operation: 'rename', path: target.path, before, after, metadata };
}

/** Puts a copy in place; a directory over a directory is merged into it, as fs.cp does. */
function place(
  draft: Draft,
  from: TreePath,
  entry: Entry,
  to: TreePath,
  overwrite: boolean,
): FileEffect[] {
  const before = draft.get(to);
  if (to === ROOT && entry.kind !== 'directory') throw isDirectory(to);
  if (before?.kind === 'directory' && entry.kind === 'directory') {
    return [...draft.tree.list(from)].flatMap(([name, child]) =>
      place(draft, joinPath(from, name), child, joinPath(to, name), overwrite),
    );
  }
  if (before?.kind === 'directory') throw isDirectory(to);
  if (before !== undefined && entry.kind === 'directory') throw notDirectory(to);
  if (before !== undefined && !overwrite) throw alreadyExists(to);
  makeParents(draft, to);
  const after = { ...withContent(draft, from, entry), mtime: draft.now };
  draft.set(to, after);
  const operation = before === undefined ? 'create' : 'write';
  return [{ operation, path: to, before, after, metadata: { from } }];
}

/** The entry with the id of everything that is in it now, pending changes included. */
function withContent(draft: Draft, path: TreePath, entry: Entry): Entry {
  if (entry.kind !== 'directory') return entry;
  const folded = draft.tree.foldAt(path);
  if (folded === undefined) return entry;
  return { ...entry, id: folded.id, size: folded.bytes, files: folded.files };
}

function patched(
  draft: Draft,
  path: TreePath,
  before: Entry | undefined,
  data: Uint8Array,
  flag: WriteFlag,
): PreparedContent {
  // Nothing reads the empty content, so it need not be in the store.
  const ref = before ?? EMPTY_FILE;
  const position = typeof flag === 'object' ? flag.position : ref.size;
  const end = position + data.length;
  if (end > Math.max(ref.size, MAX_GROWN_BYTES)) throw outgrown(path, end);
  return draft.store.contents.patch(ref, position, data);
}

function existing(
  draft: Draft,
  path: TreePath,
  followLast: boolean,
): { readonly path: TreePath; readonly entry: Entry } {
  const { path: target, entry } = resolvePath(draft.tree, draft.store.contents, path, {
    followLast,
  });
  if (entry === undefined) throw notFound(target);
  return { path: target, entry };
}

function makeParents(draft: Draft, path: TreePath): void {
  const parent = parentPath(path);
  const entry = draft.get(parent);
  if (entry?.kind === 'directory') return;
  if (entry !== undefined) throw notDirectory(parent);
  makeParents(draft, parent);
  draft.set(parent, emptyDirectory(DIRECTORY_MODE, draft.now));
}

function requireDirectory(draft: Draft, path: TreePath): void {
  const entry = draft.get(path);
  if (entry === undefined) throw notFound(path);
  if (entry.kind !== 'directory') throw notDirectory(path);
}

function requireReplaceable(draft: Draft, source: Entry, path: TreePath, target: Entry): void {
  if (target.kind !== 'directory' && source.kind === 'directory') throw notDirectory(path);
  if (target.kind !== 'directory') return;
  if (source.kind !== 'directory') throw isDirectory(path);
  if (!isEmpty(draft, path)) throw notEmpty(path);
}

function isEmpty(draft: Draft, path: TreePath): boolean {
  return draft.tree.list(path).next().done === true;
}
