/** All commands: their names, what they are for, and where each is. Help and completion read this. */

import type { Verb } from './verb.ts';

/** One command of the table. */
export interface VerbEntry {
  /** What is typed after `agentfs`, such as `workspace create`. */
  readonly words: string;
  /** One line for help. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly verb: Verb }>;
  /** Under which heading help lists it; of a command in a group there is none. */
  readonly heading?: string;
  /** Whether the group means this command when it names none. */
  readonly isDefault?: boolean;
  readonly hidden?: boolean;
}

/** Commands that have commands. */
export interface VerbGroup {
  readonly name: string;
  readonly summary: string;
  readonly heading: string;
}

const WORK = 'Working in workspaces:';
const HISTORY = 'Bringing changes home, and taking them back:';
const DOORS = 'For other programs:';
const CARE = 'Looking after the store:';

/** The groups, in the order of help. */
export const GROUPS: readonly VerbGroup[] = [
  { name: 'workspace', summary: 'Make, list, change and delete workspaces', heading: WORK },
  { name: 'snapshot', summary: 'Name states of a workspace, and go back to them', heading: WORK },
  { name: 'sync', summary: 'Share a workspace through a database', heading: HISTORY },
  { name: 'audit', summary: 'Show what has happened, and prove it', heading: CARE },
  { name: 'storage', summary: 'Measure and shrink the store', heading: CARE },
  { name: 'config', summary: 'Read and change the configuration', heading: CARE },
];

/** The commands, in the order of help; those outside groups stand under a heading. */
export const VERBS: readonly VerbEntry[] = [
  entry('init', 'Let agentfs look after a directory', () => import('./verbs/init.ts'), {
    heading: WORK,
  }),
  entry('run', 'Run a command in a workspace', () => import('./verbs/run.ts'), { heading: WORK }),
  entry('status', 'Show what a workspace has changed', () => import('./verbs/status.ts'), {
    heading: WORK,
  }),
  entry('diff', 'Show what is different, line by line', () => import('./verbs/diff.ts'), {
    heading: WORK,
  }),
  entry(
    'watch',
    'Show changes of a workspace while they happen',
    () => import('./verbs/watch.ts'),
    { heading: WORK },
  ),
  entry(
    'workspace create',
    'Make a workspace: a private copy of the project',
    () => import('./verbs/workspace-create.ts'),
  ),
  entry('workspace list', 'List the workspaces', () => import('./verbs/workspace-list.ts')),
  entry(
    'workspace show',
    'Show what a workspace is, and what is in it',
    () => import('./verbs/workspace-show.ts'),
  ),
  entry(
    'workspace use',
    'Choose the workspace that commands are about',
    () => import('./verbs/workspace-use.ts'),
  ),
  entry(
    'workspace rename',
    'Give a workspace another name',
    () => import('./verbs/workspace-rename.ts'),
  ),
  entry(
    'workspace config',
    'Show or change the settings of a workspace',
    () => import('./verbs/workspace-config.ts'),
  ),
  entry(
    'workspace merge',
    'Bring the changes of one workspace into another',
    () => import('./verbs/workspace-merge.ts'),
  ),
  entry(
    'workspace freeze',
    'Forbid every change of a workspace',
    () => import('./verbs/workspace-freeze.ts'),
  ),
  entry('workspace unfreeze', 'Allow changes again', () => import('./verbs/workspace-unfreeze.ts')),
  entry(
    'workspace delete',
    'Delete a workspace, or all that nobody has used lately',
    () => import('./verbs/workspace-delete.ts'),
  ),
  entry(
    'snapshot create',
    'Name the state of a workspace',
    () => import('./verbs/snapshot-create.ts'),
  ),
  entry(
    'snapshot list',
    'List the snapshots of a workspace',
    () => import('./verbs/snapshot-list.ts'),
  ),
  entry('snapshot show', 'Show what a snapshot is', () => import('./verbs/snapshot-show.ts')),
  entry('snapshot diff', 'Compare two snapshots', () => import('./verbs/snapshot-diff.ts')),
  entry(
    'snapshot restore',
    'Make a workspace what it was',
    () => import('./verbs/snapshot-restore.ts'),
  ),
  entry('snapshot delete', 'Forget a snapshot', () => import('./verbs/snapshot-delete.ts')),
  entry(
    'commit',
    'Bring the changes of a workspace home to the project',
    () => import('./verbs/commit.ts'),
    { heading: HISTORY },
  ),
  entry(
    'rebase',
    "Bring the project's changes into a workspace",
    () => import('./verbs/rebase.ts'),
    { heading: HISTORY },
  ),
  entry('log', 'Show the commits into the project', () => import('./verbs/log.ts'), {
    heading: HISTORY,
  }),
  entry('revert', 'Take a commit back in the project', () => import('./verbs/revert.ts'), {
    heading: HISTORY,
  }),
  entry('undo', 'Take the newest operation of a workspace back', () => import('./verbs/undo.ts'), {
    heading: HISTORY,
  }),
  entry('redo', 'Make what was undone again', () => import('./verbs/redo.ts'), {
    heading: HISTORY,
  }),
  entry('history', 'List the operations of a workspace', () => import('./verbs/history.ts'), {
    heading: HISTORY,
  }),
  entry(
    'export',
    'Write a workspace or a snapshot as a tar archive',
    () => import('./verbs/export.ts'),
    { heading: HISTORY },
  ),
  entry(
    'import',
    'Make a workspace of a tar archive, or add one to a workspace',
    () => import('./verbs/import.ts'),
    { heading: HISTORY },
  ),
  entry('sync enable', 'Give a workspace a remote', () => import('./verbs/sync-enable.ts')),
  entry('sync push', 'Send a workspace to its remote', () => import('./verbs/sync-push.ts')),
  entry('sync pull', 'Take over what others have pushed', () => import('./verbs/sync-pull.ts')),
  entry(
    'sync status',
    'Show how far a workspace and its remote have come',
    () => import('./verbs/sync-status.ts'),
  ),
  entry(
    'sync conflicts',
    'List what both sides have changed',
    () => import('./verbs/sync-conflicts.ts'),
  ),
  entry(
    'sync resolve',
    'Decide what both sides have changed',
    () => import('./verbs/sync-resolve.ts'),
  ),
  entry(
    'sync config',
    'Change how a workspace synchronises',
    () => import('./verbs/sync-config.ts'),
  ),
  entry('sync verify', 'Prove what is on the remote', () => import('./verbs/sync-verify.ts')),
  entry(
    'sync metrics',
    'Show what syncs have cost and brought',
    () => import('./verbs/sync-metrics.ts'),
  ),
  entry(
    'sync reset',
    'Let the next pull compare both sides anew',
    () => import('./verbs/sync-reset.ts'),
  ),
  entry('sync disable', 'Take the remote away', () => import('./verbs/sync-disable.ts')),
  entry('mcp', 'Serve an agent by the Model Context Protocol', () => import('./verbs/mcp.ts'), {
    heading: DOORS,
  }),
  entry(
    'rpc',
    'Serve a program by JSON-RPC over input and output',
    () => import('./verbs/rpc.ts'),
    { heading: DOORS },
  ),
  entry(
    'audit query',
    'List what has happened (also: agentfs audit)',
    () => import('./verbs/audit-query.ts'),
    { isDefault: true },
  ),
  entry('audit export', 'Write the log to a file', () => import('./verbs/audit-export.ts')),
  entry('audit stream', 'Print the log as it grows', () => import('./verbs/audit-stream.ts')),
  entry(
    'audit verify',
    'Check that nobody has changed the log',
    () => import('./verbs/audit-verify.ts'),
  ),
  entry('config get', 'Print the value of a setting', () => import('./verbs/config-get.ts')),
  entry('config set', 'Set a setting in a file', () => import('./verbs/config-set.ts')),
  entry(
    'config list',
    'List all settings, and where their values come from',
    () => import('./verbs/config-list.ts'),
  ),
  entry('config show', 'Print the configuration in force', () => import('./verbs/config-show.ts')),
  entry(
    'config validate',
    'Look for mistakes in the configuration',
    () => import('./verbs/config-validate.ts'),
  ),
  entry(
    'config export',
    'Print what a file sets, without secrets',
    () => import('./verbs/config-export.ts'),
  ),
  entry(
    'config import',
    'Take over the settings of a file',
    () => import('./verbs/config-import.ts'),
  ),
  entry(
    'config reset',
    'Put settings back to their defaults',
    () => import('./verbs/config-reset.ts'),
  ),
  entry(
    'storage usage',
    'Show how much room the store takes up',
    () => import('./verbs/storage-usage.ts'),
  ),
  entry(
    'storage analyze',
    'Show what takes up the room',
    () => import('./verbs/storage-analyze.ts'),
  ),
  entry(
    'storage compact',
    'Make the store as small as it can be',
    () => import('./verbs/storage-compact.ts'),
  ),
  entry('gc', 'Free what nothing refers to any more', () => import('./verbs/gc.ts'), {
    heading: CARE,
  }),
  entry('verify', 'Prove the whole store', () => import('./verbs/verify.ts'), { heading: CARE }),
  entry('doctor', 'Look for what is wrong, and say what to do', () => import('./verbs/doctor.ts'), {
    heading: CARE,
  }),
  entry(
    'adopt',
    'Show what came with a project and is switched off, and take it over',
    () => import('./verbs/adopt.ts'),
    { heading: CARE },
  ),
  entry(
    'completions',
    'Print what makes a shell complete commands and names',
    () => import('./verbs/completions.ts'),
    { heading: CARE },
  ),
  entry('version', 'Print the version', () => import('./verbs/version.ts'), { heading: CARE }),
];

function entry(
  words: string,
  summary: string,
  load: VerbEntry['load'],
  more: Pick<VerbEntry, 'heading' | 'isDefault' | 'hidden'> = {},
): VerbEntry {
  return { words, summary, load, ...more };
}
