/** Where programs of a workspace are not allowed, its files are shown without execute bits. */

import type { ScanChange } from '../../disk/scan-result.ts';
import { type Entry, EXECUTE_BITS } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { Trees } from '../../tree/trees.ts';

/** The entry as commands see it. */
export function shownEntry(entry: Entry, allowBinaries: boolean): Entry {
  if (allowBinaries || entry.kind !== 'file') return entry;
  return { ...entry, mode: entry.mode & ~EXECUTE_BITS };
}

/** A tree, and whether its programs are shown as such. */
export interface ShownTree {
  readonly trees: Trees;
  readonly tree: ObjectId;
  readonly allowBinaries: boolean;
}

/** Gives files the execute bits back that were not shown. */
export function withExecuteBits(
  { trees, tree, allowBinaries }: ShownTree,
  changes: readonly ScanChange[],
): readonly ScanChange[] {
  if (allowBinaries) return changes;
  return changes.map(({ path, entry }) => {
    const before = entry?.kind === 'file' ? trees.lookup(tree, path) : undefined;
    if (entry === undefined || before?.kind !== 'file') return { path, entry };
    return { path, entry: { ...entry, mode: entry.mode | (before.mode & EXECUTE_BITS) } };
  });
}
