/**
 * The visible part of a change: moves what has to go out of the way, puts what was staged into its
 * place, and looks at everything that was moved before it lets go of it. Any failure leaves a state
 * that `RollBack` takes back.
 */

import type { SafeDirectory } from '../disk/safe-directory.ts';
import type { Steps } from '../disk/time-slices.ts';
import { errorCode } from '../primitives/errors.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Contents } from '../store/contents.ts';
import type { BaseCheck } from './base-check.ts';
import { conflictAt } from './base-check.ts';
import {
  type ChangeJournal,
  type ChangeStep,
  makesDirectory,
  onlyTakesAway,
  places,
  removesDirectory,
  stagedPath,
  takesAway,
} from './change-step.ts';
import { look, moveIfFree, setMode } from './disk-entry.ts';

// Until everything is in it, whatever its mode will be.
const WORKING_MODE = 0o700;
const SPECIAL_BITS = 0o7000;

// What the calls say when somebody else has changed the path since the check.
const CHANGED_MEANWHILE: ReadonlySet<string> = new Set([
  'ENOENT',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'ENOTEMPTY',
  'ELOOP',
  'INVALID_PATH',
]);

/** One change on its way into the base; used once. */
export class BaseChange {
  readonly #base: SafeDirectory;
  readonly #contents: Contents;
  readonly #journal: ChangeJournal;
  readonly #check: BaseCheck;
  readonly #kept: TreePath[] = [];

  constructor(base: SafeDirectory, contents: Contents, journal: ChangeJournal, check: BaseCheck) {
    this.#base = base;
    this.#contents = contents;
    this.#journal = journal;
    this.#check = check;
  }

  /** Directories that stay because of what is in them that is not versioned; inner ones first. */
  get kept(): readonly TreePath[] {
    return this.#kept;
  }

  /**
   * Moves away what goes without being replaced, yielding between paths; first of all. When
   * directories go too, the names have to be synced before {@link run}: see `RollBack`.
   *
   * @throws as {@link run}.
   */
  *moveAway(): Steps<void> {
    yield* this.#each(this.#journal.steps.toReversed().filter(onlyTakesAway), this.#moveAway);
  }

  /**
   * Makes the rest of the change but for the modes, yielding between paths.
   *
   * @throws {AgentFSError} CONFLICT when somebody changes a path at the same time.
   * @throws {StorageError} STORE_FULL or STORE_IO; {FileSystemError} EACCES.
   */
  *run(): Steps<void> {
    const inward = this.#journal.steps;
    yield* this.#each(inward.toReversed().filter(removesDirectory), this.#removeDirectory);
    yield* this.#each(inward.filter(makesDirectory), this.#makeDirectory);
    yield* this.#each(inward.filter(places), this.#place);
  }

  /** Sets the modes; once the names are synced, as a directory that we may not read cannot be. */
  *setModes(): Steps<void> {
    yield* this.#each(this.#journal.steps.toReversed().filter(setsMode), this.#setMode);
  }

  /**
   * Looks at everything that was moved away for the last time.
   *
   * @throws {AgentFSError} CONFLICT when a program has written to it through an open handle.
   */
  assertUntouched(): void {
    const touched = this.#journal.steps.filter(
      (step) => takesAway(step) && !this.#check.isUntouched(step, this.#staged(step, 'old')),
    );
    if (touched.length > 0) throw conflictAt(touched.map(({ path }) => path));
  }

  *#each(steps: readonly ChangeStep[], action: (step: ChangeStep) => void): Steps<void> {
    for (const step of steps) {
      try {
        action.call(this, step);
      } catch (error) {
        const code = errorCode(error) ?? '';
        throw CHANGED_MEANWHILE.has(code) ? conflictAt([step.path], error) : error;
      }
      yield 0;
    }
  }

  #moveAway(step: ChangeStep): void {
    const old = this.#staged(step, 'old');
    this.#base.rename(step.path, old);
    // From here on nothing can replace it: an edit that came after the check shows here.
    if (!this.#check.isUntouched(step, old)) throw conflictAt([step.path]);
  }

  #removeDirectory(step: ChangeStep): void {
    try {
      this.#base.rmdir(step.path);
    } catch (error) {
      if (errorCode(error) !== 'ENOTEMPTY' || step.after !== undefined) throw error;
      this.#kept.push(step.path);
    }
  }

  #makeDirectory(step: ChangeStep): void {
    this.#base.mkdir(step.path, WORKING_MODE);
  }

  #place(step: ChangeStep): void {
    if (takesAway(step)) this.#moveAway(step);
    if (!this.#putInPlace(step)) throw conflictAt([step.path]);
  }

  #putInPlace(step: ChangeStep): boolean {
    if (step.after?.kind !== 'symlink') {
      return moveIfFree(this.#base, this.#staged(step, 'new'), step.path);
    }
    this.#base.symlink(this.#contents.read(step.after), step.path);
    return true;
  }

  #setMode(step: ChangeStep): void {
    const stats = look(this.#base, step.path);
    if (stats === undefined || step.after === undefined) throw conflictAt([step.path]);
    if (step.inPlace && step.after.kind === 'file' && !this.#check.isUntouched(step, step.path)) {
      throw conflictAt([step.path]);
    }
    // A directory keeps the bits that no tree has, such as the set-group-id of a shared project.
    const special = stats.isDirectory() ? stats.mode & SPECIAL_BITS : 0;
    setMode(this.#base, step.path, step.after.mode | special);
  }

  #staged(step: ChangeStep, as: 'new' | 'old'): TreePath {
    return stagedPath(this.#journal.number, step, as);
  }
}

function setsMode(step: ChangeStep): boolean {
  return step.inPlace || makesDirectory(step);
}
