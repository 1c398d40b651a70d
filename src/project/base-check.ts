/**
 * Compares the base with what the scan saw: all paths right before the first change, and each file
 * again once it has been moved out of the way.
 */

import type { Stats } from 'node:fs';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { type IndexEntry, isFresh, isRacy, kindOf } from '../disk/stat-index.ts';
import type { Clock } from '../primitives/clock.ts';
import { AgentFSError } from '../primitives/errors.ts';
import { joinPath, parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import { type ChangeStep, removesDirectory } from './change-step.ts';
import { hasMode, look, matches } from './disk-entry.ts';
import { nameCollision, twinOf } from './name-collision.ts';
import { listed } from './outside-links.ts';

/** What a file was when it was known to have the content from before the change. */
interface Sighting {
  readonly stats: Stats;
  /** The times are old enough to show every later write. */
  readonly settled: boolean;
}

/** The stat index, one row at a time. */
export type IndexLookup = (path: TreePath) => IndexEntry | undefined;

/** The check of one change. */
export class BaseCheck {
  readonly #base: SafeDirectory;
  readonly #indexed: IndexLookup;
  readonly #clock: Clock;
  readonly #seen = new Map<ChangeStep, Sighting>();

  constructor(base: SafeDirectory, indexed: IndexLookup, clock: Clock) {
    this.#base = base;
    this.#indexed = indexed;
    this.#clock = clock;
  }

  /**
   * Looks at every path of the change.
   *
   * @throws {AgentFSError} CONFLICT naming all paths that are not what the scan saw; NAME_COLLISION.
   */
  run(steps: readonly ChangeStep[]): void {
    const byPath = new Map(steps.map((step) => [step.path, step]));
    const paths = steps.filter((step) => !this.#isAsExpected(step, byPath)).map(({ path }) => path);
    if (paths.length > 0) throw conflictAt(paths);
  }

  /** Whether the file or link at `at`, which may be its staged name, is what the check saw. */
  isUntouched(step: ChangeStep, at: TreePath): boolean {
    const seen = this.#seen.get(step);
    const stats = look(this.#base, at);
    if (seen === undefined || stats === undefined) return false;
    if (seen.settled && isSameFile(seen.stats, stats)) return true;
    return matches(this.#base, at, step.before);
  }

  #isAsExpected(step: ChangeStep, steps: ReadonlyMap<TreePath, ChangeStep>): boolean {
    const { path, before } = step;
    const observedMs = this.#clock.now();
    const stats = look(this.#base, path);
    if (before === undefined) return stats === undefined || this.#isVacated(path, steps);
    if (stats === undefined || kindOf(stats) !== before.kind) return false;
    if (before.kind === 'directory') {
      if (step.inPlace) return hasMode(stats, before.mode);
      return !isReplacedByContent(path, steps) || this.#holdsOnly(path, steps);
    }
    const row = this.#indexed(path);
    const fresh = row?.kind === before.kind && row.id === before.id && isFresh(row, stats);
    if (!fresh && !matches(this.#base, path, before)) return false;
    this.#seen.set(step, { stats, settled: !isRacy(stats, observedMs) });
    return true;
  }

  /** What is found where nothing should be may be the other name of a file that goes away. */
  #isVacated(path: TreePath, steps: ReadonlyMap<TreePath, ChangeStep>): boolean {
    const twin = twinOf(this.#base, path);
    if (twin === undefined) return false;
    const step = steps.get(twin);
    if (step === undefined || step.after !== undefined) throw nameCollision([twin, path]);
    return true;
  }

  /** Whether the change takes everything out of the directory; what is ignored would stay. */
  #holdsOnly(directory: TreePath, steps: ReadonlyMap<TreePath, ChangeStep>): boolean {
    return this.#base
      .list(directory)
      .every((name) => steps.get(joinPath(directory, name))?.before !== undefined);
  }
}

/** The error for paths that are not what the scan saw. */
export function conflictAt(paths: readonly TreePath[], cause?: unknown): AgentFSError {
  return new AgentFSError(
    'CONFLICT',
    `The project was changed while it was being committed to: ${listed(paths)}.`,
    {
      path: paths[0],
      hint: 'Commit again; the edits in the project are merged then.',
      details: { paths },
      cause,
    },
  );
}

/** Apart from its ctime, which renaming moves. */
function isSameFile(left: Stats, right: Stats): boolean {
  return (
    left.ino === right.ino &&
    left.size === right.size &&
    left.mtimeMs === right.mtimeMs &&
    left.mode === right.mode
  );
}

/** Whether a file or link takes the place of the directory or of one above it. */
function isReplacedByContent(path: TreePath, steps: ReadonlyMap<TreePath, ChangeStep>): boolean {
  for (let above = path; above !== ROOT; above = parentPath(above)) {
    const step = steps.get(above);
    if (step === undefined || !removesDirectory(step)) return false;
    if (step.after !== undefined) return true;
  }
  return false;
}
