/** What to type next: the one table that puts the library's hints, meant for programmers, into commands. */

import type { ErrorCode } from '../index.ts';

/** In place of whatever the library says. */
const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  ENOTEMPTY: 'Choose another path, or delete what is in the directory first.',
  // Workspaces.
  WORKSPACE_NOT_FOUND:
    'List workspaces with agentfs workspace list, or create one with agentfs workspace create.',
  WORKSPACE_EXISTS: 'Choose another name. List workspaces with agentfs workspace list.',
  NOTHING_RUNNING: 'Run the command by itself, with agentfs run.',
  WORKSPACE_FROZEN: 'Unfreeze it with agentfs workspace unfreeze, or fork it.',
  WORKSPACE_EXPIRED: 'Extend it with agentfs workspace config <name> --expires <time>, or fork it.',
  READ_ONLY: 'Allow changes with agentfs workspace config <name> --read-only false, or fork it.',
  PERMISSION_DENIED: 'Fork the workspace, or unset AGENTFS_AGENT_ID.',
  // Snapshots, commits, history.
  SNAPSHOT_NOT_FOUND: 'List snapshots with agentfs snapshot list.',
  SNAPSHOT_EXISTS: 'Choose another name, or delete the old one with agentfs snapshot delete.',
  COMMIT_NOT_FOUND: 'List commits with agentfs log, and type at least seven digits of an id.',
  MERGE_CONFLICT:
    'Choose with --on-conflict ours, theirs or markers, or path by path with --ours and --theirs.',
  NOTHING_TO_COMMIT: 'Show changes with agentfs status, and commits with agentfs log.',
  NOTHING_TO_UNDO: 'List operations with agentfs history.',
  NOTHING_TO_REDO: 'List operations with agentfs history.',
  BLANK_MESSAGE: 'Describe the change with -m.',
  OUTSIDE_SYMLINK: 'Change the links so that they stay inside the project, or leave them out.',
  // The store.
  OBJECT_CORRUPT: 'Restore the store from a backup. See what is damaged with agentfs verify.',
  OBJECT_MISSING: 'Restore the store from a backup. See what is damaged with agentfs verify.',
  NOT_TRUSTED: 'See what came with the project, and trust it, with agentfs adopt.',
  // Syncs.
  SYNC_DISABLED: 'Connect it to a remote with agentfs sync enable.',
  SYNC_CONFLICT: 'List them with agentfs sync conflicts; settle them with agentfs sync resolve.',
  UNRELATED: 'Take the remote with agentfs sync pull --force, or enable sync under another --name.',
  REMOTE_AUTH: 'Give a valid token with agentfs sync enable --token env:NAME.',
};

/** In place of a hint that speaks of calls and options of the library. */
const INSTEAD_OF_CODE: Readonly<Partial<Record<ErrorCode, string>>> = {
  ENOENT: 'List the files of a workspace with agentfs workspace show --tree.',
  EISDIR: 'Name a file, not a directory.',
  ELOOP: 'Check the symbolic links on the way.',
  INVALID_PATH: 'Name a path that stays inside the workspace.',
  CONFLICT:
    'Take --on-conflict ours (the workspace) or theirs (the project), choose path by path with --ours and --theirs, or edit both sides after agentfs rebase --on-conflict markers.',
  WORKSPACE_DIRTY: 'Commit or push the changes first, or discard them with --force.',
  WORKSPACE_BUSY: 'Wait for it with agentfs run --wait, or run beside it with agentfs exec.',
  STORE_CORRUPT: 'Restore the store from a backup. See what is damaged with agentfs verify.',
  STORE_IO: 'Check the disk, then run the command again.',
  STORE_FOREIGN: 'Move the file away, or set storage.database_path to another place.',
  BASE_NOT_FOUND: 'Put the directory back, then run the command again.',
  BASE_READ_ONLY: 'Make the project writable, or set storage.database_path to a place that is.',
  CONFIG_INVALID: 'List settings with agentfs config list.',
};

/** Of findings of the doctor. */
const FINDINGS: Readonly<Record<string, string | undefined>> = {
  STORE_NOT_ADOPTED: 'See what came with it, and trust it, with agentfs adopt.',
  WORK_DIRECTORY_LEFT: 'Remove it with agentfs gc.',
  PINS_OF_DEAD_PROCESS: 'Remove them with agentfs gc.',
  WAL_LARGE: 'Stop programs that keep reading the store, then run agentfs storage compact.',
  FREE_PAGES: 'Give them back to the disk with agentfs storage compact.',
};

/** The hint for an error or a finding; `own` is what the library says. */
export function hintFor(code: string, own: string | undefined): string | undefined {
  if (own?.startsWith('Did you mean') === true) return own;
  if (code === 'INTERNAL')
    return 'This is a bug in agentfs. Show where it happened with --verbose.';
  const always: Readonly<Record<string, string | undefined>> = { ...HINTS, ...FINDINGS };
  const instead: Readonly<Record<string, string | undefined>> = INSTEAD_OF_CODE;
  return always[code] ?? (own !== undefined && speaksOfCode(own) ? instead[code] : own);
}

/** Commands that work in the usual workspace unless they are told another. */
const IN_WORKSPACE =
  /\bagentfs (?:diff|exec|history|rebase|redo|run|snapshot list|status|undo|workspace show)\b(?! -w| --help)/g;

/** A hint whose commands work where the call did; `inWorkspace` is what each needs for that. */
export function placeHint(hint: string, inWorkspace: string): string {
  return hint.replace(IN_WORKSPACE, (command) => command + inWorkspace);
}

/** Whether a text names what only programs can use, and no option of the command line beside it. */
function speaksOfCode(text: string): boolean {
  // Names that people chose look like anything.
  const words = text.replace(/'[^']*'|\S*\/\S*/g, '');
  return /\w\(|\b[a-z]+[A-Z]|\bAgentFS\b/.test(words) && !/\B--\w/.test(words);
}
