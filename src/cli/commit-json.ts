/** What JSON says about a commit. */

import type { CommitResult } from '../index.ts';

/** A commit as plain data; docs/CLI.md names the fields. */
export function commitJson(commit: CommitResult): Record<string, unknown> {
  const { id, parent, message, author, workspace, createdAt, changes, merged } = commit;
  const { reverts, warnings } = commit;
  return { id, parent, message, author, workspace, createdAt, reverts, merged, warnings, changes };
}
