/** Warns when a command has deleted so much that its user should look. */

import type { RunWarning } from '../../runner/strategy.ts';
import type { CapturedFiles } from './run-files.ts';

/** Fewer are ordinary work, however small the project is. */
const FEWEST = 10;
/** More are worth a word, however large the project is. */
const MANY = 500;

/** What there is to say of the files that a command has deleted. */
export function warnOfDeletions(captured: CapturedFiles): RunWarning[] {
  return captured.discarded ? [] : [...warnOfMany(captured), ...warnOfIgnored(captured)];
}

/** A warning when what git ignores, and so nothing else keeps, was deleted as a whole. */
function warnOfIgnored({ ignored }: CapturedFiles): RunWarning[] {
  const [first, ...others] = ignored?.removed ?? [];
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const message = `The command deleted ignored content: ${first}${more}; undo brings it back.`;
  return [{ path: '', kind: 'deletions', message }];
}

/** A warning when at least half of all files were deleted, or many. */
function warnOfMany({ changes, filesBefore }: CapturedFiles): RunWarning[] {
  const deleted = changes.filter(({ type, kind }) => type === 'deleted' && kind !== 'directory');
  if (deleted.length < FEWEST) return [];
  if (deleted.length < MANY && deleted.length * 2 < filesBefore) return [];
  const count = `${deleted.length} of ${filesBefore}`;
  const message = `The command deleted ${count} files; undo brings them back.`;
  return [{ path: '', kind: 'deletions', message }];
}
