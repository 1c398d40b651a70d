/** What is to become of what both sides have changed: the same words for all commands that merge. */

import type { ConflictOptions } from '../../index.ts';
import type { Call } from '../call.ts';
import { type OptionRow, oneOf, REPEATED } from './parameters.ts';

/** The options as they are read. */
export interface ConflictFlags {
  readonly onConflict?: 'fail' | 'ours' | 'theirs';
  readonly wholeFile?: true;
  readonly ours?: readonly string[];
  readonly theirs?: readonly string[];
}

/** The same where the result is a workspace. */
export interface WorkspaceConflictFlags extends Omit<ConflictFlags, 'onConflict'> {
  readonly onConflict?: 'fail' | 'ours' | 'theirs' | 'markers';
  readonly dryRun?: true;
}

/** Of a command that shows on demand what it would do. */
export const DRY_RUN: OptionRow = ['--dry-run', 'only show what would change'];

/** Other names for what `--on-conflict` takes. */
const OTHER_NAMES = { manual: 'fail', local: 'ours', remote: 'theirs' };

/**
 * The options of a command; `sides` says whose sides they are.
 *
 * @param more - `markers` where both sides can be left in a workspace.
 */
export function conflictRows(sides: string, ...more: readonly 'markers'[]): readonly OptionRow[] {
  const choices = ['fail', 'ours', 'theirs', ...more];
  return [
    [
      '--on-conflict <choice>',
      `where both sides changed the same lines: ${sides}`,
      oneOf(choices, OTHER_NAMES),
    ],
    ['--ours <path>', 'ours for this file or directory; may be repeated', REPEATED],
    ['--theirs <path>', 'theirs for this one; may be repeated', REPEATED],
    ['--whole-file', 'take whole files of a side, not only the lines in conflict'],
  ];
}

/** What the options say, for the library; paths are as typed, from where the caller stands. */
export async function conflictsOf<Flags extends WorkspaceConflictFlags>(
  call: Call,
  { onConflict, wholeFile, ours, theirs }: Flags,
): Promise<ConflictOptions<NonNullable<Flags['onConflict']>>> {
  return {
    ...{ onConflict, wholeFile },
    ours: ours && (await call.projectPaths(ours)),
    theirs: theirs && (await call.projectPaths(theirs)),
  };
}
