/**
 * The words for the sides of a conflict: `ours` is the workspace's, `theirs` the other one. What takes
 * a side takes the other names that callers have for it, too.
 */

import { checkChoice } from '../primitives/arguments.ts';
import type { OnConflict } from './merge-outcome.ts';

/** A side, or another name for it. */
export type SideName = 'ours' | 'theirs' | 'local' | 'remote';

/** The side that a name means; undefined when it means none. */
export function sideNamed(name: unknown): 'ours' | 'theirs' | undefined {
  if (name === 'ours' || name === 'local') return 'ours';
  return name === 'theirs' || name === 'remote' ? 'theirs' : undefined;
}

/**
 * What to do about conflicts: `fail`, also called `manual`, when nothing is said.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT with the name of the option.
 */
export function checkOnConflict(option: string, value: unknown): OnConflict {
  const given = value === 'manual' ? 'fail' : (sideNamed(value) ?? value);
  return checkChoice(option, given, ['fail', 'ours', 'theirs']) ?? 'fail';
}
