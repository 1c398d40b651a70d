/** What to do next, said in commands: the library's hints speak to programmers. */

import type { ErrorCode } from '../index.ts';

const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  WORKSPACE_NOT_FOUND: 'See agentfs workspace list, or make it with agentfs workspace create.',
  WORKSPACE_EXISTS: 'Choose another name; agentfs workspace list shows what there is.',
  WORKSPACE_LIMIT: 'Delete a workspace, or raise core.max_workspaces in the configuration.',
  WORKSPACE_DIRTY: 'Commit its changes with agentfs commit, or delete it with --force.',
  WORKSPACE_FROZEN: 'Make it active with agentfs workspace unfreeze, or fork it.',
  WORKSPACE_EXPIRED: 'Give it more time with agentfs workspace config --expires, or fork it.',
  READ_ONLY: 'Allow changes with agentfs workspace config --read-only false, or fork it.',
  SNAPSHOT_NOT_FOUND: 'See agentfs snapshot list, or agentfs workspace list.',
  SNAPSHOT_EXISTS: 'Choose another name, or delete the old one with agentfs snapshot delete.',
  COMMIT_NOT_FOUND: 'See agentfs log; give at least seven digits of an id.',
  CONFLICT:
    'Decide with --on-conflict ours or theirs, or bring the project in with agentfs rebase.',
  MERGE_CONFLICT:
    'Decide with --on-conflict ours or theirs; in a workspace merge, with --strategy.',
  NOTHING_TO_COMMIT: 'See agentfs status; --allow-empty commits all the same.',
  NOTHING_TO_UNDO: 'See agentfs history.',
  NOTHING_TO_REDO: 'See agentfs history.',
  OUTSIDE_SYMLINK: 'Leave the links out with --exclude, or make them stay inside the project.',
  SYNC_DISABLED: 'Give it a remote with agentfs sync enable.',
  SYNC_CONFLICT: 'See agentfs sync conflicts, and decide with agentfs sync resolve.',
  UNRELATED: 'Pull with agentfs sync pull --force to take the remote, or use another --name.',
  REMOTE_NOT_FOUND: 'Push it first with agentfs sync push, or check the address and the name.',
  REMOTE_AUTH: 'Give a valid token: agentfs sync enable ... --token env:NAME.',
  NOT_TRUSTED: 'See what came along, and take it over, with agentfs adopt.',
  BLANK_MESSAGE: 'Say in a few words what the change is for, with -m.',
};

/** The hint for an error; what the library has found out about a name says more than any of these. */
export function hintFor(code: string, own: string | undefined): string | undefined {
  if (own?.startsWith('Did you mean') === true) return own;
  const hints: Readonly<Record<string, string | undefined>> = HINTS;
  if (code === 'INTERNAL') return 'This is a fault of agentfs; --verbose shows where.';
  return hints[code] ?? own;
}
