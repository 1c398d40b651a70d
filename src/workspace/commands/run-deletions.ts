/** Says when a command has deleted so much that somebody should look. */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { RunWarning } from '../../runner/strategy.ts';
import type { FileChange } from '../../snapshot/changes.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** Fewer are ordinary work, however small the project is. */
const FEWEST = 10;
/** More are worth a word, however large the project is. */
const MANY = 500;

/**
 * A warning when at least half of all files were deleted, or many.
 *
 * @param tree - what the command saw.
 */
export function warnOfDeletions(
  { engine }: WorkspaceCore,
  tree: ObjectId,
  changes: readonly FileChange[],
): RunWarning[] {
  const deleted = changes.filter(({ type, kind }) => type === 'deleted' && kind !== 'directory');
  if (deleted.length < FEWEST) return [];
  const { files } = engine.trees.summary(tree);
  if (deleted.length < MANY && deleted.length * 2 < files) return [];
  const message = `The command deleted ${deleted.length} of ${files} files; undo brings them back.`;
  return [{ path: '', kind: 'deletions', message }];
}
