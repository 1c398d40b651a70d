/** Warns when a command has deleted so much that its user should look. */

import type { RunWarning } from '../../runner/strategy.ts';
import type { CapturedFiles } from './run-files.ts';

/** Fewer are ordinary work, however small the project is. */
const FEWEST = 10;
/** More are worth a word, however large the project is. */
const MANY = 500;

/** A warning when at least half of all files were deleted, or many. */
export function warnOfDeletions({ discarded, changes, filesBefore }: CapturedFiles): RunWarning[] {
  const deleted = changes.filter(({ type, kind }) => type === 'deleted' && kind !== 'directory');
  if (discarded || deleted.length < FEWEST) return [];
  if (deleted.length < MANY && deleted.length * 2 < filesBefore) return [];
  const count = `${deleted.length} of ${filesBefore}`;
  const message = `The command deleted ${count} files; undo brings them back.`;
  return [{ path: '', kind: 'deletions', message }];
}
