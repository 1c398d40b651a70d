/** What comes of a merge, and how it is gathered path by path. */

import { type Entry, sameEntry } from '../primitives/entry.ts';
import { AgentFSError } from '../primitives/errors.ts';
import { parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import type { PreparedContent } from '../store/contents.ts';
import type { PendingChange } from '../store/pending.ts';
import {
  type Conflict,
  type ConflictType,
  type DecidedConflict,
  describeVersions,
  type Side,
  type Versions,
} from './conflict.ts';

/**
 * What stands where the sides disagree: `fail` refuses the merge, `ours` and `theirs` take what this
 * side has there. Of a text that is the lines in question alone, and all else is merged.
 */
export type OnConflict = 'fail' | Side;

/** The same in a workspace, where `markers` puts both sides into the text, to be edited. */
export type OnConflictInWorkspace = OnConflict | 'markers';

/** What was decided about disagreements before they are known. */
export interface Decisions {
  /** What holds for all paths that `sides` does not name; `fail` when absent. */
  readonly onConflict?: OnConflictInWorkspace | undefined;
  /** Takes a whole file of the side, not only the lines in question; default false. */
  readonly wholeFile?: boolean | undefined;
  /** The sides of paths, and of what is below them. */
  readonly sides?: ReadonlyMap<TreePath, Side> | undefined;
}

/** A merge that can be applied. */
export interface CleanMerge {
  readonly kind: 'merged';
  /** What turns the tree of our side into the merged one, parents before children. */
  readonly changes: readonly PendingChange[];
  /** New content that the changes refer to. */
  readonly contents: readonly PreparedContent[];
  /** The files that were merged line by line. */
  readonly merged: readonly TreePath[];
  /** The disagreements, as they were decided. */
  readonly conflicts: readonly DecidedConflict[];
}

/** A merge that was refused. */
export interface ConflictedMerge {
  readonly kind: 'conflicted';
  /** Those that nothing has decided; at least one. */
  readonly conflicts: readonly Conflict[];
}

/** What came of a merge. Paths are in the order in which a tree is walked. */
export type MergeOutcome = CleanMerge | ConflictedMerge;

/** Gathers the outcome of one merge. */
export class MergeCollector {
  /** Whether the side that is taken is taken with all of its file. */
  readonly takesWholeFiles: boolean;
  readonly #decisions: Decisions;
  /** Paths of sides at which no disagreement was met yet. */
  readonly #unused: Set<TreePath>;
  readonly #changes: PendingChange[] = [];
  readonly #contents: PreparedContent[] = [];
  readonly #merged: TreePath[] = [];
  readonly #open: Conflict[] = [];
  readonly #decided: DecidedConflict[] = [];

  constructor(decisions: Decisions) {
    this.takesWholeFiles = decisions.wholeFile ?? false;
    this.#decisions = decisions;
    this.#unused = new Set(decisions.sides?.keys());
  }

  /** What was decided about a path, should the sides disagree there. */
  choiceAt(path: TreePath): OnConflictInWorkspace {
    return choiceAt(this.#decisions, path);
  }

  /** The side that was chosen for what no marker can show. */
  sideAt(path: TreePath): Side | undefined {
    const choice = this.choiceAt(path);
    return choice === 'ours' || choice === 'theirs' ? choice : undefined;
  }

  /** Puts an entry, or nothing, at a path of our side, where `ours` is now. */
  put(path: TreePath, ours: Entry | undefined, entry: Entry | undefined): void {
    if (ours?.mtime !== entry?.mtime || !sameEntry(ours, entry)) this.set(path, entry);
  }

  /** Puts an entry, or nothing, at a path whose parent may have been replaced. */
  set(path: TreePath, entry: Entry | undefined): void {
    this.#changes.push({ path, entry });
  }

  /** Puts a file with new content. */
  setContent(path: TreePath, entry: Entry, content: PreparedContent): void {
    this.#contents.push(content);
    this.set(path, { ...entry, id: content.id, size: content.size });
  }

  /** Notes a file that was merged line by line, without a disagreement. */
  noteMerged(path: TreePath): void {
    this.#merged.push(path);
  }

  /**
   * Notes a disagreement.
   *
   * @param took - what it was decided to; undefined leaves it open.
   * @param hunks - in how many places of a text.
   */
  note(
    path: TreePath,
    type: ConflictType,
    versions: Versions,
    took: DecidedConflict['took'] | undefined,
    hunks?: number,
  ): void {
    const named = namedAbove(this.#decisions, path);
    if (named !== undefined) this.#unused.delete(named);
    const conflict = describeVersions(path, type, versions);
    if (took === undefined) this.#open.push(conflict);
    else this.#decided.push({ ...conflict, took, ...(hunks === undefined ? {} : { hunks }) });
  }

  /** Notes a disagreement, and puts all that the chosen side has. */
  takeSide(path: TreePath, type: ConflictType, versions: Versions): void {
    const side = this.sideAt(path);
    this.note(path, type, versions, side);
    if (side === 'theirs') this.put(path, versions.ours, versions.theirs);
  }

  /** The paths for which a side was chosen, and where the sides do not disagree. */
  get unused(): Iterable<TreePath> {
    return this.#unused;
  }

  /** The outcome. */
  finish(): MergeOutcome {
    if (this.#open.length > 0) return { kind: 'conflicted', conflicts: this.#open };
    return {
      kind: 'merged',
      changes: this.#changes,
      contents: this.#contents,
      merged: this.#merged,
      conflicts: this.#decided,
    };
  }
}

/** What was decided about a path, should the sides disagree there. */
export function choiceAt(decisions: Decisions, path: TreePath): OnConflictInWorkspace {
  const named = namedAbove(decisions, path);
  const side = named === undefined ? undefined : decisions.sides?.get(named);
  return side ?? decisions.onConflict ?? 'fail';
}

/** The path itself, or the nearest one above, for which a side was chosen. */
function namedAbove({ sides = new Map() }: Decisions, path: TreePath): TreePath | undefined {
  for (let named = path; sides.size > 0; named = parentPath(named)) {
    if (sides.has(named)) return named;
    if (named === ROOT) return undefined;
  }
  return undefined;
}

/** The error for a decision about a path where nothing is, or nothing contested. */
export function noConflictAt(path: TreePath): AgentFSError {
  return new AgentFSError('ENOENT', `There is no conflict at '${path}'.`, {
    path,
    hint: 'Name a path that the conflicts list, or leave the decision out.',
  });
}
