/**
 * What callers say about the sides of a conflict: `ours` is the workspace's, `theirs` the other one.
 * What takes a side takes the other names that callers have for it, too.
 */

import { checkBoolean, checkChoice, checkStrings } from '../primitives/arguments.ts';
import { wrongType } from '../primitives/errors.ts';
import { parsePath, type TreePath } from '../primitives/path.ts';
import type { Side } from './conflict.ts';
import type { Decisions, OnConflict, OnConflictInWorkspace } from './merge-outcome.ts';

/** A side, or another name for it. */
export type SideName = Side | 'local' | 'remote';

/** What is to become of what both sides have changed. */
export interface ConflictOptions<Choice extends OnConflictInWorkspace = OnConflict> {
  /**
   * `fail` (default) throws. `ours` takes the workspace's side and `theirs` the other one: of a text
   * the lines that contradict each other, all else being merged.
   */
  readonly onConflict?: Choice | undefined;
  /** Takes the whole file of that side, and nothing of the other; default false. */
  readonly wholeFile?: boolean | undefined;
  /** Paths, or directories, for which `ours` holds whatever `onConflict` says. */
  readonly ours?: readonly string[] | undefined;
  /** Those for which `theirs` holds. */
  readonly theirs?: readonly string[] | undefined;
}

/** The names of {@link ConflictOptions}. */
export const CONFLICT_OPTIONS: readonly (keyof ConflictOptions)[] = [
  ...(['onConflict', 'wholeFile', 'ours', 'theirs'] as const),
];

/** The side that a name means; undefined when it means none. */
export function sideNamed(name: unknown): Side | undefined {
  if (name === 'ours' || name === 'local') return 'ours';
  return name === 'theirs' || name === 'remote' ? 'theirs' : undefined;
}

/**
 * What was decided about conflicts: nothing, when nothing is said.
 *
 * @param choices - what `onConflict` may be, besides the other names for it.
 * @param name - what the caller called that option.
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT with the name of the option;
 *   {InvalidPathError} INVALID_PATH.
 */
export function checkDecisions<Choice extends OnConflictInWorkspace>(
  options: ConflictOptions<Choice>,
  choices: readonly Choice[],
  name = 'onConflict',
): Decisions & { readonly onConflict: Choice | 'fail' } {
  const { onConflict, ours, theirs } = options;
  const given: unknown = onConflict;
  const choice =
    checkChoice(name, given === 'manual' ? 'fail' : (sideNamed(given) ?? given), choices) ?? 'fail';
  const wholeFile = checkBoolean('wholeFile', options.wholeFile) ?? false;
  if (wholeFile && choice === 'markers') {
    throw wrongType('wholeFile', "absent when onConflict is 'markers'", wholeFile);
  }
  const sides = new Map<TreePath, Side>();
  for (const path of checkStrings('ours', ours) ?? []) sides.set(parsePath(path, 'ours'), 'ours');
  for (const path of checkStrings('theirs', theirs) ?? []) {
    const parsed = parsePath(path, 'theirs');
    if (sides.has(parsed)) throw wrongType('theirs', 'other paths than ours', path);
    sides.set(parsed, 'theirs');
  }
  return { onConflict: choice, wholeFile, sides };
}

/** What commits and syncs may decide. */
export const CONFLICT_CHOICES: readonly OnConflict[] = ['fail', 'ours', 'theirs'];

/** What a change of a workspace alone may decide. */
export const WORKSPACE_CHOICES: readonly OnConflictInWorkspace[] = [...CONFLICT_CHOICES, 'markers'];
