/**
 * Lets go of files that were moved away, unless they hold bytes of the user that are nowhere else:
 * those are kept beside their place under a name that everybody sees.
 */

import type { SafeDirectory } from '../disk/safe-directory.ts';
import { MAX_NAME_BYTES } from '../primitives/limits.ts';
import { baseName, joinPath, parentPath, type TreePath } from '../primitives/path.ts';
import {
  type ChangeJournal,
  type ChangeStep,
  type KeptEdit,
  stagedPath,
  takesAway,
} from './change-step.ts';
import { look, matches, moveIfFree } from './disk-entry.ts';

/** Whether what is at the path is the content from before a step; without one, it is read. */
type IsOld = (step: ChangeStep, at: TreePath) => boolean;

/**
 * Removes what a finished change has moved away and staged. Content from before the change is in
 * the store; whatever else is found is kept.
 */
export function removeLeftovers(
  base: SafeDirectory,
  journal: ChangeJournal,
  isOld?: IsOld,
): KeptEdit[] {
  const kept: KeptEdit[] = [];
  for (const step of journal.steps) {
    if (takesAway(step)) {
      const copy = letGo(base, step, stagedPath(journal.number, step, 'old'), isOld);
      if (copy !== undefined) kept.push(keptBeside(step, copy));
    }
  }
  removeStaged(base, journal);
  return kept;
}

/** Removes the new content that still waits beside its targets. */
export function removeStaged(base: SafeDirectory, journal: ChangeJournal): void {
  for (const step of journal.steps) {
    const path = stagedPath(journal.number, step, 'new');
    if (look(base, path) !== undefined) base.unlink(path);
  }
}

/** Removes the step's old content, or returns where it is kept because it is not that content. */
export function letGo(
  base: SafeDirectory,
  step: ChangeStep,
  from: TreePath,
  isOld: IsOld = (each, at) => matches(base, at, each.before),
): TreePath | undefined {
  if (look(base, from) === undefined) return undefined;
  if (!isOld(step, from)) return keepBeside(base, step, from);
  base.unlink(from);
  return undefined;
}

/** Gives what is at `from` a free name beside the step's path. */
export function keepBeside(base: SafeDirectory, step: ChangeStep, from: TreePath): TreePath {
  const parent = parentPath(step.path);
  const directory = look(base, parent)?.isDirectory() === true ? parent : step.anchor;
  for (let number = 1; ; number++) {
    const path = joinPath(directory, conflictName(baseName(step.path), number));
    // The same file already: a recovery that was killed had come this far.
    if (look(base, path)?.ino === look(base, from)?.ino) {
      base.unlink(from);
      return path;
    }
    if (moveIfFree(base, from, path)) return path;
  }
}

/** How an edit is reported that lies beside its path now. */
export function keptBeside(step: ChangeStep, copy: TreePath): KeptEdit {
  const message = `'${step.path}' was edited while it was being replaced; the edit is in '${copy}'.`;
  return { path: step.path, copy, message };
}

function conflictName(name: string, number: number): string {
  const suffix = `.agentfs-conflict-${number}`;
  const fits = Buffer.byteLength(name + suffix) <= MAX_NAME_BYTES;
  return fits ? name + suffix : `agentfs-conflict-${number}`;
}
