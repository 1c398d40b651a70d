/** A conflict of a merge as a value: what each side has at a path on which they disagree. */

import type { Entry, EntryKind } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';

/**
 * How two sides disagree. `local` is the workspace's side, `remote` the other one.
 *
 * - `both-modified`: both changed what was there, in ways that do not go together.
 * - `both-added`: both put something different where nothing was, or where a directory was.
 * - `local-delete`: the workspace deleted what the other side changed.
 * - `remote-delete`: the other side deleted what the workspace changed.
 * - `file-directory`: one side has a directory where the other has a file or link.
 */
export type ConflictType =
  | 'both-modified'
  | 'both-added'
  | 'local-delete'
  | 'remote-delete'
  | 'file-directory';

/** What one side has at the path of a conflict. */
export interface ConflictSide {
  readonly kind: EntryKind;
  /** SHA-256 of a file up to 1 MiB or of a link's target; else the id of a manifest or node. */
  readonly hash: ObjectId;
  /** Bytes; of a directory, all bytes below it. */
  readonly size: number;
  readonly mtime: Date;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
}

/** A path on which two sides disagree. Plain data; a side is absent when nothing is there. */
export interface Conflict {
  readonly path: TreePath;
  readonly type: ConflictType;
  /** What both sides started from. */
  readonly base?: ConflictSide;
  /** What the workspace has. */
  readonly local?: ConflictSide;
  /** What the other side has. */
  readonly remote?: ConflictSide;
}

/** One of the two: `ours` is the workspace's, `theirs` the other one. */
export type Side = 'ours' | 'theirs';

/** A disagreement that was decided. */
export interface DecidedConflict extends Conflict {
  /**
   * The side that was taken, which overrules the other; `markers` where both stand in the file, to
   * be edited, and `content` where something else was put in their place.
   */
  readonly took: Side | 'markers' | 'content';
  /** In how many places of the file, all else being merged; absent when it is about all of it. */
  readonly hunks?: number;
}

/** What the three trees of a merge have at one path; undefined where there is nothing. */
export interface Versions {
  readonly base: Entry | undefined;
  readonly ours: Entry | undefined;
  readonly theirs: Entry | undefined;
}

/** Describes a disagreement at `path` as a value. */
export function describeVersions(
  path: TreePath,
  type: ConflictType,
  { base, ours, theirs }: Versions,
): Conflict {
  return {
    path,
    type,
    ...(base === undefined ? {} : { base: conflictSide(base) }),
    ...(ours === undefined ? {} : { local: conflictSide(ours) }),
    ...(theirs === undefined ? {} : { remote: conflictSide(theirs) }),
  };
}

/** Says in a few words what is wrong at which path, such as `'a.ts' was changed on both sides`. */
export function formatConflict(conflict: Conflict): string {
  return `'${conflict.path}' ${describeType(conflict.type)}`;
}

function describeType(type: ConflictType): string {
  switch (type) {
    case 'both-modified':
      return 'was changed on both sides';
    case 'both-added':
      return 'was added on both sides';
    case 'local-delete':
      return 'was deleted here and changed on the other side';
    case 'remote-delete':
      return 'was changed here and deleted on the other side';
    case 'file-directory':
      return 'is a directory on one side only';
  }
}

function conflictSide({ kind, id, size, mtime, mode }: Entry): ConflictSide {
  return { kind, hash: id, size, mtime: new Date(mtime), mode };
}
