/** What comes of a merge, and how it is gathered path by path. */

import { type Entry, sameEntry } from '../primitives/entry.ts';
import type { TreePath } from '../primitives/path.ts';
import type { PreparedContent } from '../store/contents.ts';
import type { PendingChange } from '../store/pending.ts';
import { type Conflict, type ConflictType, describeVersions, type Versions } from './conflict.ts';

/**
 * What stands at a path where the sides disagree: `fail` refuses the merge, `ours` and `theirs`
 * take all that this side has there, be it nothing or a whole directory.
 */
export type OnConflict = 'fail' | 'ours' | 'theirs';

/** A merge that can be applied. */
export interface CleanMerge {
  readonly kind: 'merged';
  /** What turns the tree of our side into the merged one, parents before children. */
  readonly changes: readonly PendingChange[];
  /** New content that the changes refer to. */
  readonly contents: readonly PreparedContent[];
  /** The files that were merged line by line. */
  readonly merged: readonly TreePath[];
  /** The disagreements that `onConflict` has decided. */
  readonly conflicts: readonly Conflict[];
}

/** A merge that was refused. */
export interface ConflictedMerge {
  readonly kind: 'conflicted';
  /** At least one. */
  readonly conflicts: readonly Conflict[];
}

/** What came of a merge. Paths are in the order in which a tree is walked. */
export type MergeOutcome = CleanMerge | ConflictedMerge;

/** Gathers the outcome of one merge. */
export class MergeCollector {
  readonly onConflict: OnConflict;
  readonly #changes: PendingChange[] = [];
  readonly #contents: PreparedContent[] = [];
  readonly #merged: TreePath[] = [];
  readonly #conflicts: Conflict[] = [];

  constructor(onConflict: OnConflict) {
    this.onConflict = onConflict;
  }

  /** Puts an entry, or nothing, at a path of our side, where `ours` is now. */
  put(path: TreePath, ours: Entry | undefined, entry: Entry | undefined): void {
    if (ours?.mtime !== entry?.mtime || !sameEntry(ours, entry)) this.set(path, entry);
  }

  /** Puts an entry, or nothing, at a path whose parent may have been replaced. */
  set(path: TreePath, entry: Entry | undefined): void {
    this.#changes.push({ path, entry });
  }

  /** Puts a file that was merged line by line. */
  setMerged(path: TreePath, entry: Entry, content: PreparedContent): void {
    this.#contents.push(content);
    this.#merged.push(path);
    this.set(path, { ...entry, id: content.id, size: content.size });
  }

  /** Notes a disagreement without deciding it. */
  note(path: TreePath, type: ConflictType, versions: Versions): void {
    this.#conflicts.push(describeVersions(path, type, versions));
  }

  /** Notes a disagreement, and puts what the chosen side has. */
  takeSide(path: TreePath, type: ConflictType, versions: Versions): void {
    this.note(path, type, versions);
    if (this.onConflict === 'theirs') this.put(path, versions.ours, versions.theirs);
  }

  /** The outcome. */
  finish(): MergeOutcome {
    const conflicts = this.#conflicts;
    if (conflicts.length > 0 && this.onConflict === 'fail')
      return { kind: 'conflicted', conflicts };
    return {
      kind: 'merged',
      changes: this.#changes,
      contents: this.#contents,
      merged: this.#merged,
      conflicts,
    };
  }
}
