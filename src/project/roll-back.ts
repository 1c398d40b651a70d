/**
 * Takes a change back, from its journal and what is on disk alone: right after a failure, or at the
 * next open after the process died. Each step may have happened, or half, or not at all, and the
 * user may have edited the base since; running it again, or killing it anywhere, changes nothing
 * about where it ends.
 */

import type { Stats } from 'node:fs';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { errorCode } from '../primitives/errors.ts';
import { baseName, parentPath, type TreePath } from '../primitives/path.ts';
import {
  type ChangeJournal,
  type ChangeStep,
  type KeptEdit,
  makesDirectory,
  onlyTakesAway,
  places,
  removesDirectory,
  type StagedAs,
  stagedPath,
  takesAway,
} from './change-step.ts';
import { hasMode, isUnreachable, look, matches, moveIfFree, setMode } from './disk-entry.ts';
import { keepBeside, keptBeside, letGo, removeStaged } from './leftovers.ts';
import { removeProbes } from './name-collision.ts';
import { syncAroundNow } from './sync-around.ts';

const WORKING_MODE = 0o700;

/** Puts the base back to what it was before the change; returns the user's edits it has met. */
export function rollBack(base: SafeDirectory, journal: ChangeJournal): readonly KeptEdit[] {
  return new RollBack(base, journal).run();
}

class RollBack {
  readonly #base: SafeDirectory;
  readonly #journal: ChangeJournal;
  readonly #kept: KeptEdit[] = [];
  readonly #names = new Map<TreePath, ReadonlySet<string>>();

  constructor(base: SafeDirectory, journal: ChangeJournal) {
    this.#base = base;
    this.#journal = journal;
  }

  run(): readonly KeptEdit[] {
    const { steps } = this.#journal;
    const outward = steps.toReversed();
    for (const step of steps) this.#restoreMode(step);
    for (const step of outward.filter(places)) {
      this.#takeBack(step);
      if (takesAway(step)) this.#putBack(step);
    }
    for (const step of outward.filter(makesDirectory)) this.#removeDirectory(step);
    const removed = steps.filter(removesDirectory);
    const moved = steps.filter(onlyTakesAway);
    if (this.#hasMovedAll(moved)) for (const step of removed) this.#remakeDirectory(step);
    this.#linkBack(moved);
    for (const step of moved) this.#putBack(step);
    for (const step of removed.toReversed()) this.#restoreRemadeMode(step);
    removeStaged(this.#base, this.#journal);
    removeProbes(this.#base, this.#journal);
    syncAroundNow(this.#base, this.#journal);
    return this.#kept;
  }

  /**
   * Whether the change came as far as removing directories. Before that, and once taking it back has
   * made them again, a directory that is missing was removed by the user. After a power cut it holds
   * because the names are synced before directories are removed, and again once they are made again.
   */
  #hasMovedAll(moved: readonly ChangeStep[]): boolean {
    return moved.every((step) => look(this.#base, this.#staged(step, 'old')) !== undefined);
  }

  /**
   * Gives what was moved out of a directory its name back, beside the other one, which goes only
   * when this one is on stable storage: a power cut must not take both.
   */
  #linkBack(moved: readonly ChangeStep[]): void {
    for (const step of moved) {
      try {
        this.#base.link(this.#staged(step, 'old'), step.path);
      } catch {
        // It was never moved, or its place is taken or gone, or there are no hard links here:
        // putting it back finds that out.
      }
    }
    if (moved.length > 0) syncAroundNow(this.#base, this.#journal);
  }

  #restoreMode(step: ChangeStep): void {
    const { path, before, after } = step;
    const stats = look(this.#base, path);
    if (stats === undefined) return;
    if (step.inPlace && before !== undefined && after !== undefined) {
      if (hasMode(stats, after.mode) && !stats.isSymbolicLink()) {
        setMode(this.#base, path, before.mode);
      }
    } else if (makesDirectory(step) && stats.isDirectory() && !canWorkIn(stats.mode)) {
      this.#base.chmod(path, WORKING_MODE);
    }
  }

  /** Removes what the change has placed, if that is still exactly what is there. */
  #takeBack(step: ChangeStep): void {
    this.#finishTakeBack(step);
    const stats = look(this.#base, step.path);
    if (stats === undefined || this.#isInTheWay(step, stats)) return;
    if (!this.#isListed(step.path)) return;
    if (!matches(this.#base, step.path, step.after)) {
      this.#report(step);
      return;
    }
    const staged = look(this.#base, this.#staged(step, 'new'));
    if (staged !== undefined) {
      // Equal to ours, but not ours: that is still staged.
      if (staged.ino !== stats.ino) return;
      // Renaming one name of a file over another does nothing at all.
      this.#base.unlink(this.#staged(step, 'new'));
    }
    this.#base.rename(step.path, this.#staged(step, 'undo'));
    this.#finishTakeBack(step);
  }

  /** While what was there before is in its place, nothing of ours can be there. */
  #isInTheWay(step: ChangeStep, stats: Stats): boolean {
    if (takesAway(step)) return look(this.#base, this.#staged(step, 'old')) === undefined;
    return step.before?.kind === 'directory' && stats.isDirectory();
  }

  /** Removes what was moved out of the way, or puts it back when an edit slipped in before. */
  #finishTakeBack(step: ChangeStep): void {
    const undo = this.#staged(step, 'undo');
    if (look(this.#base, undo) === undefined) return;
    if (matches(this.#base, undo, step.after)) {
      this.#base.unlink(undo);
    } else if (this.#moveTo(undo, step.path)) {
      this.#report(step);
    } else {
      this.#kept.push(keptBeside(step, keepBeside(this.#base, step, undo)));
    }
  }

  /** Puts the old content back, unless the user has put something else there meanwhile. */
  #putBack(step: ChangeStep): void {
    const old = this.#staged(step, 'old');
    const stats = look(this.#base, old);
    if (stats === undefined || this.#moveTo(old, step.path)) return;
    if (look(this.#base, step.path)?.ino === stats.ino) {
      this.#base.unlink(old);
      return;
    }
    const copy = letGo(this.#base, step, old);
    if (copy !== undefined) this.#kept.push(keptBeside(step, copy));
    else this.#report(step);
  }

  #removeDirectory(step: ChangeStep): void {
    try {
      if (look(this.#base, step.path)?.isDirectory() === true) this.#base.rmdir(step.path);
    } catch (error) {
      if (errorCode(error) !== 'ENOTEMPTY') throw error;
      this.#report(step);
    }
  }

  #remakeDirectory(step: ChangeStep): void {
    const stats = look(this.#base, step.path);
    if (stats?.isDirectory() === true) return;
    try {
      this.#base.mkdir(step.path, WORKING_MODE);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' && !isUnreachable(error)) throw error;
      this.#report(step);
    }
  }

  #restoreRemadeMode(step: ChangeStep): void {
    const { path, before } = step;
    const stats = look(this.#base, path);
    if (before === undefined || stats?.isDirectory() !== true) return;
    // The change itself never sets the mode of what it removes: this is ours from above.
    if (hasMode(stats, WORKING_MODE) && !hasMode(stats, before.mode)) {
      setMode(this.#base, path, before.mode);
    }
  }

  #moveTo(from: TreePath, to: TreePath): boolean {
    try {
      return moveIfFree(this.#base, from, to);
    } catch (error) {
      // The user has removed the directory, or put something else there.
      if (isUnreachable(error)) return false;
      throw error;
    }
  }

  /** Whether the name itself is there, and not only one that the file system takes for it. */
  #isListed(path: TreePath): boolean {
    const parent = parentPath(path);
    let names = this.#names.get(parent);
    if (names === undefined) {
      names = new Set(this.#base.list(parent));
      this.#names.set(parent, names);
    }
    return names.has(baseName(path));
  }

  #report(step: ChangeStep): void {
    if (this.#kept.some(({ path }) => path === step.path)) return;
    const message = `'${step.path}' was changed by somebody else meanwhile and was left as it is.`;
    this.#kept.push({ path: step.path, message });
  }

  #staged(step: ChangeStep, as: StagedAs): TreePath {
    return stagedPath(this.#journal.number, step, as);
  }
}

function canWorkIn(mode: number): boolean {
  return (mode & WORKING_MODE) === WORKING_MODE;
}
