/**
 * All commands: their names, what they are for, and where each is. Help and completion read this.
 * Commands import the frame around them; the frame loads them by this table alone, when they are called.
 */

import type { Verb } from './verbs/define-verb.ts';

/** One command of the table. */
export interface VerbEntry {
  /** What is typed after `agentfs`, such as `workspace create`. */
  readonly words: string;
  /** One line for help. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly verb: Verb }>;
  /** Under which heading help lists it; of a command in a group there is none. */
  readonly heading: string | undefined;
}

/** Commands that have commands. */
export interface VerbGroup {
  readonly name: string;
  readonly summary: string;
  readonly heading: string;
  /** The words of the command that is meant when none is named. */
  readonly usual?: string;
}

const WORK = 'Workspaces:';
const HISTORY = 'Commits and history:';
const DOORS = 'Integrations:';
const CARE = 'Maintenance:';

/** The groups, in the order of help. */
export const GROUPS: readonly VerbGroup[] = [
  { name: 'workspace', summary: 'Create, list, change and delete workspaces', heading: WORK },
  { name: 'snapshot', summary: 'Save states of a workspace, and go back to them', heading: WORK },
  { name: 'sync', summary: 'Share a workspace through a remote database', heading: HISTORY },
  { name: 'token', summary: 'Create, list and revoke tokens for the daemon', heading: DOORS },
  { name: 'audit', summary: 'Show and verify the audit log', heading: CARE, usual: 'audit query' },
  { name: 'storage', summary: 'Show and reduce disk usage', heading: CARE },
  { name: 'config', summary: 'Show and change settings', heading: CARE },
];

type Row = readonly [words: string, summary: string, load: VerbEntry['load'], heading?: string];

// biome-ignore format: a row a line reads as the table that it is.
const ROWS: readonly Row[] = [
  ['init', 'Set up agentfs in a directory', () => import('./verbs/init.ts'), WORK],
  ['run', 'Run a command in a workspace', () => import('./verbs/run.ts'), WORK],
  ['exec', 'Run a command beside the one that is running', () => import('./verbs/exec.ts'), WORK],
  ['explore', 'Run a command several times at once, and keep the best', () => import('./verbs/explore.ts'), WORK],
  ['status', 'Show what a workspace has changed', () => import('./verbs/status.ts'), WORK],
  ['diff', 'Show changes line by line', () => import('./verbs/diff.ts'), WORK],
  ['watch', 'Show changes to a workspace as they come in', () => import('./verbs/watch.ts'), WORK],
  ['workspace create', 'Create a workspace, a private copy of the project', () => import('./verbs/workspace-create.ts')],
  ['workspace list', 'List workspaces', () => import('./verbs/workspace-list.ts')],
  ['workspace show', 'Show a workspace and its files', () => import('./verbs/workspace-show.ts')],
  ['workspace use', 'Choose the workspace that commands use by default', () => import('./verbs/workspace-use.ts')],
  ['workspace rename', 'Rename a workspace', () => import('./verbs/workspace-rename.ts')],
  ['workspace config', 'Show or change the settings of a workspace', () => import('./verbs/workspace-config.ts')],
  ['workspace refresh', 'Update what git ignores, such as node_modules, from the project', () => import('./verbs/workspace-refresh.ts')],
  ['workspace merge', 'Merge the changes of one workspace into another', () => import('./verbs/workspace-merge.ts')],
  ['workspace freeze', 'Protect a workspace from all changes', () => import('./verbs/workspace-freeze.ts')],
  ['workspace unfreeze', 'Allow changes again', () => import('./verbs/workspace-unfreeze.ts')],
  ['workspace delete', 'Delete a workspace, or all that are unused', () => import('./verbs/workspace-delete.ts')],
  ['snapshot create', 'Take a snapshot of a workspace', () => import('./verbs/snapshot-create.ts')],
  ['snapshot list', 'List the snapshots of a workspace', () => import('./verbs/snapshot-list.ts')],
  ['snapshot show', 'Show a snapshot', () => import('./verbs/snapshot-show.ts')],
  ['snapshot diff', 'Compare two snapshots', () => import('./verbs/snapshot-diff.ts')],
  ['snapshot restore', 'Restore a workspace to a snapshot', () => import('./verbs/snapshot-restore.ts')],
  ['snapshot delete', 'Delete a snapshot', () => import('./verbs/snapshot-delete.ts')],
  ['commit', "Apply a workspace's changes to the project", () => import('./verbs/commit.ts'), HISTORY],
  ['rebase', "Bring the project's changes into a workspace", () => import('./verbs/rebase.ts'), HISTORY],
  ['merge', 'Merge workspaces, or check which can be committed together', () => import('./verbs/merge.ts'), HISTORY],
  ['log', 'Show the commits to the project', () => import('./verbs/log.ts'), HISTORY],
  ['revert', 'Undo a commit in the project', () => import('./verbs/revert.ts'), HISTORY],
  ['undo', 'Undo the last operation in a workspace', () => import('./verbs/undo.ts'), HISTORY],
  ['redo', 'Redo the last undo', () => import('./verbs/redo.ts'), HISTORY],
  ['history', 'List the operations in a workspace', () => import('./verbs/history.ts'), HISTORY],
  ['export', 'Write a workspace or snapshot to a tar archive', () => import('./verbs/export.ts'), HISTORY],
  ['import', 'Read a tar archive into a workspace', () => import('./verbs/import.ts'), HISTORY],
  ['sync enable', 'Connect a workspace to a remote', () => import('./verbs/sync-enable.ts')],
  ['sync push', 'Send changes to the remote', () => import('./verbs/sync-push.ts')],
  ['sync pull', 'Fetch changes from the remote and merge them', () => import('./verbs/sync-pull.ts')],
  ['sync status', 'Show what is left to push, and what syncs transferred', () => import('./verbs/sync-status.ts')],
  ['sync conflicts', 'List conflicts with the remote', () => import('./verbs/sync-conflicts.ts')],
  ['sync resolve', 'Settle conflicts with the remote', () => import('./verbs/sync-resolve.ts')],
  ['sync config', 'Change how a workspace syncs', () => import('./verbs/sync-config.ts')],
  ['sync verify', 'Check everything on the remote', () => import('./verbs/sync-verify.ts')],
  ['sync reset', 'Forget the state of earlier syncs', () => import('./verbs/sync-reset.ts')],
  ['sync disable', 'Disconnect a workspace from its remote', () => import('./verbs/sync-disable.ts')],
  ['mcp', 'Serve agents over the Model Context Protocol', () => import('./verbs/mcp.ts'), DOORS],
  ['acp', 'Start an agent program for an editor, in a workspace', () => import('./verbs/acp.ts'), DOORS],
  ['rpc', 'Serve programs over JSON-RPC', () => import('./verbs/rpc.ts'), DOORS],
  ['serve', 'Serve agents and programs over sockets and HTTP', () => import('./verbs/serve.ts'), DOORS],
  ['token create', 'Create a token for clients of the daemon', () => import('./verbs/token-create.ts')],
  ['token list', 'List tokens', () => import('./verbs/token-list.ts')],
  ['token revoke', 'Revoke a token', () => import('./verbs/token-revoke.ts')],
  ['audit query', 'List entries of the log (the default)', () => import('./verbs/audit-query.ts')],
  ['audit export', 'Write the log to a file', () => import('./verbs/audit-export.ts')],
  ['audit stream', 'Print the log as it grows', () => import('./verbs/audit-stream.ts')],
  ['audit verify', 'Check that the log was not tampered with', () => import('./verbs/audit-verify.ts')],
  ['config get', 'Print a setting', () => import('./verbs/config-get.ts')],
  ['config set', 'Change a setting', () => import('./verbs/config-set.ts')],
  ['config list', 'List all settings, and where each is set', () => import('./verbs/config-list.ts')],
  ['config show', 'Print the settings in force as TOML', () => import('./verbs/config-show.ts')],
  ['config validate', 'Check the configuration for mistakes', () => import('./verbs/config-validate.ts')],
  ['config export', 'Print what a file sets, without secrets', () => import('./verbs/config-export.ts')],
  ['config import', 'Copy settings from a file', () => import('./verbs/config-import.ts')],
  ['config reset', 'Reset settings to their defaults', () => import('./verbs/config-reset.ts')],
  ['storage usage', 'Show how much space the store takes, and what takes it', () => import('./verbs/storage-usage.ts')],
  ['storage compact', 'Make the store as small as possible', () => import('./verbs/storage-compact.ts')],
  ['gc', 'Delete data that nothing refers to', () => import('./verbs/gc.ts'), CARE],
  ['verify', 'Check the integrity of the store', () => import('./verbs/verify.ts'), CARE],
  ['doctor', 'Look for problems, and say how to fix them', () => import('./verbs/doctor.ts'), CARE],
  ['adopt', 'Trust a store that came with a project', () => import('./verbs/adopt.ts'), CARE],
  ['completions', 'Print a completion script for your shell', () => import('./verbs/completions.ts'), CARE],
  ['version', 'Print the version', () => import('./verbs/version.ts'), CARE],
];

/** The commands, in the order of help; those outside groups stand under a heading. */
export const VERBS: readonly VerbEntry[] = ROWS.map(([words, summary, load, heading]) => {
  return { words, summary, load, heading };
});
