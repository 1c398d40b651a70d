/** The changes of a tree as callers see them: plain data, with or without counted lines. */

import type { Entry, EntryKind } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { TreeStore } from '../tree/trees.ts';
import {
  type ChangeOptions,
  type ChangeType,
  collectTreeChanges,
  type TreeChange,
} from './tree-changes.ts';

/** What was, or is, at a changed path. */
export interface FileVersion {
  readonly kind: EntryKind;
  /** SHA-256 of a file up to 1 MiB or of a link's target; else the id of a manifest or node. */
  readonly hash: ObjectId;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
}

/** A change of one path. */
export interface FileChange {
  /** `mode` when nothing but the permission bits changed. */
  readonly type: ChangeType;
  readonly path: TreePath;
  /** Where it was before; set for a rename. */
  readonly from?: TreePath;
  /** What is there now, or was when it is deleted. */
  readonly kind: EntryKind;
  /** Absent for what was added. */
  readonly before?: FileVersion;
  /** Absent for what was deleted. */
  readonly after?: FileVersion;
  /** Whether one of the sides is binary; set, as the counts are, where contents were compared. */
  readonly binary?: boolean;
  readonly linesAdded?: number;
  readonly linesRemoved?: number;
}

/** A file, link or empty directory in a status. */
export interface StatusFile {
  readonly path: TreePath;
  /** Bytes; those it had when it is deleted. */
  readonly size: number;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
}

/** The changes of a workspace by type. A path is in one list only. */
export interface StatusSummary {
  /** Also what changed in nothing but its mode. */
  readonly modified: readonly StatusFile[];
  readonly added: readonly StatusFile[];
  readonly deleted: readonly StatusFile[];
  readonly renamed: readonly { readonly path: TreePath; readonly from: TreePath }[];
  readonly hasChanges: boolean;
}

/**
 * The changes from one tree to another, sorted by path, without a look at what changed in a file;
 * {@link collectTreeChanges} says what counts as a change.
 */
export function collectChanges(
  context: TreeStore,
  before: ObjectId,
  after: ObjectId,
  options: ChangeOptions,
): FileChange[] {
  return collectTreeChanges(context, before, after, options).map(toFileChange);
}

/** A change as plain data for callers. */
export function toFileChange(change: TreeChange): FileChange {
  const { type, path } = change;
  switch (change.type) {
    case 'added':
      return { type, path, kind: change.after.kind, after: toVersion(change.after) };
    case 'deleted':
      return { type, path, kind: change.before.kind, before: toVersion(change.before) };
    case 'modified':
    case 'mode':
      return { type, path, kind: change.after.kind, ...toVersions(change) };
    case 'renamed':
      return { type, path, from: change.from, kind: change.after.kind, ...toVersions(change) };
  }
}

/** Sorts changes into the lists of a status. */
export function summariseStatus(changes: readonly FileChange[]): StatusSummary {
  const filesOf = (...types: readonly ChangeType[]): StatusFile[] =>
    changes.filter(({ type }) => types.includes(type)).map(toStatusFile);
  return {
    modified: filesOf('modified', 'mode'),
    added: filesOf('added'),
    deleted: filesOf('deleted'),
    renamed: changes.flatMap(({ path, from }) => (from === undefined ? [] : [{ path, from }])),
    hasChanges: changes.length > 0,
  };
}

function toStatusFile({ path, before, after }: FileChange): StatusFile {
  const { size = 0, mode = 0 } = after ?? before ?? {};
  return { path, size, mode };
}

function toVersions(change: { readonly before: Entry; readonly after: Entry }): {
  readonly before: FileVersion;
  readonly after: FileVersion;
} {
  return { before: toVersion(change.before), after: toVersion(change.after) };
}

function toVersion({ kind, id, size, mode }: Entry): FileVersion {
  return { kind, hash: id, size, mode };
}
