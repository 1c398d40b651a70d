/**
 * The three-way merge of what stands at one path. Looks at entries only: what needs a directory or
 * the content of a file read is named as such and left to the caller.
 */

import { type Entry, sameEntry } from '../primitives/entry.ts';
import type { ConflictType, Versions } from './conflict.ts';

/** Both sides have a directory; `base` is undefined when there was none. */
export interface TwoDirectories {
  readonly kind: 'directories';
  readonly base: Entry | undefined;
  readonly ours: Entry;
  readonly theirs: Entry;
}

/** One side removed or replaced a directory, in which the other changed something. */
export interface RemovedDirectory {
  readonly kind: 'removed-directory';
  readonly base: Entry;
  readonly changed: Entry;
  readonly replacement: Entry | undefined;
}

/** Both sides changed the content of a file, or its mode, in different ways. */
export interface TwoFiles {
  readonly kind: 'files';
  readonly base: Entry;
  readonly ours: Entry;
  readonly theirs: Entry;
}

/** What is to happen at a path that both sides have changed. */
export type EntryMerge =
  /** What both sides agree on, or only one of them changed. */
  | { readonly kind: 'settled'; readonly entry: Entry | undefined }
  | TwoDirectories
  | RemovedDirectory
  | TwoFiles
  | { readonly kind: 'conflict'; readonly type: ConflictType };

/**
 * Merges what stands at one path. A different mtime alone is not a change; what only one side gave
 * another mtime has that. Where both sides made the same change the later mtime stays, so that the
 * result does not depend on which side is whose.
 */
export function mergeEntry(versions: Versions): EntryMerge {
  const { base, ours, theirs } = versions;
  if (ours?.kind === 'directory' && theirs?.kind === 'directory') {
    return { kind: 'directories', base: onlyDirectory(base), ours, theirs };
  }
  if (sameEntry(ours, theirs)) return { kind: 'settled', entry: mergeTimes(base, ours, theirs) };
  if (sameEntry(base, ours)) return { kind: 'settled', entry: theirs };
  if (sameEntry(base, theirs)) return { kind: 'settled', entry: ours };
  if (base?.kind === 'directory') return mergeFormerDirectory(base, ours, theirs);
  if (ours === undefined) return mergeDeletion(theirs, 'local-delete');
  if (theirs === undefined) return mergeDeletion(ours, 'remote-delete');
  return mergeFiles(base, ours, theirs);
}

/** The value that changed on one side, or equally on both; undefined when the sides disagree. */
export function mergeValue<Value>(
  base: Value | undefined,
  ours: Value,
  theirs: Value,
): Value | undefined {
  if (ours === theirs || theirs === base) return ours;
  return ours === base ? theirs : undefined;
}

/** One side has no directory any more; perhaps neither has. */
function mergeFormerDirectory(
  base: Entry,
  ours: Entry | undefined,
  theirs: Entry | undefined,
): EntryMerge {
  if (ours?.kind === 'directory') {
    return { kind: 'removed-directory', base, changed: ours, replacement: theirs };
  }
  if (theirs?.kind === 'directory') {
    return { kind: 'removed-directory', base, changed: theirs, replacement: ours };
  }
  if (ours === undefined || theirs === undefined) {
    return { kind: 'settled', entry: ours ?? theirs };
  }
  return { kind: 'conflict', type: 'both-added' };
}

/** One side deleted a file or link. A directory instead of it is a deletion too, and an addition. */
function mergeDeletion(
  changed: Entry | undefined,
  type: 'local-delete' | 'remote-delete',
): EntryMerge {
  if (changed?.kind === 'directory') return { kind: 'settled', entry: changed };
  return { kind: 'conflict', type };
}

/** Merges content and mode on their own, when all three are files. */
function mergeFiles(base: Entry | undefined, ours: Entry, theirs: Entry): EntryMerge {
  if (ours.kind === 'directory' || theirs.kind === 'directory') {
    return { kind: 'conflict', type: 'file-directory' };
  }
  if (base === undefined) return { kind: 'conflict', type: 'both-added' };
  const clash: EntryMerge = { kind: 'conflict', type: 'both-modified' };
  if (base.kind !== 'file' || ours.kind !== 'file' || theirs.kind !== 'file') return clash;
  const mode = mergeValue(base.mode, ours.mode, theirs.mode);
  const content = mergeValue(base.id, ours.id, theirs.id);
  if (mode === undefined || content === undefined) return { kind: 'files', base, ours, theirs };
  const taken = content === ours.id ? ours : theirs;
  return { kind: 'settled', entry: { ...taken, mode, mtime: laterTime(ours, theirs) } };
}

/** The mtime of what both sides have changed. */
export function laterTime(ours: Entry, theirs: Entry): number {
  return Math.max(ours.mtime, theirs.mtime);
}

/** Merges the mtimes of what is otherwise the same on both sides. */
function mergeTimes(
  base: Entry | undefined,
  ours: Entry | undefined,
  theirs: Entry | undefined,
): Entry | undefined {
  if (ours === undefined || theirs === undefined) return ours;
  const before = sameEntry(base, ours) ? base?.mtime : undefined;
  const later = Math.max(ours.mtime, theirs.mtime);
  return { ...ours, mtime: mergeValue(before, ours.mtime, theirs.mtime) ?? later };
}

function onlyDirectory(entry: Entry | undefined): Entry | undefined {
  return entry?.kind === 'directory' ? entry : undefined;
}
