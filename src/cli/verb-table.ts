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
const CARE = 'Looking after the store:';

/** The groups, in the order of help. */
export const GROUPS: readonly VerbGroup[] = [
  { name: 'workspace', summary: 'Make, list, change and delete workspaces', heading: WORK },
  { name: 'config', summary: 'Read and change the configuration', heading: CARE },
];

/** The commands, in the order of help. */
export const VERBS: readonly VerbEntry[] = [
  {
    words: 'init',
    summary: 'Let agentfs look after a directory',
    heading: WORK,
    load: () => import('./verbs/init.ts'),
  },
  {
    words: 'workspace create',
    summary: 'Make a workspace: a private copy of the project',
    load: () => import('./verbs/workspace-create.ts'),
  },
  {
    words: 'workspace list',
    summary: 'List the workspaces',
    load: () => import('./verbs/workspace-list.ts'),
  },
  {
    words: 'workspace delete',
    summary: 'Delete a workspace, or all that nobody has used lately',
    load: () => import('./verbs/workspace-delete.ts'),
  },
  {
    words: 'run',
    summary: 'Run a command in a workspace',
    heading: WORK,
    load: () => import('./verbs/run.ts'),
  },
  {
    words: 'status',
    summary: 'Show what a workspace has changed',
    heading: WORK,
    load: () => import('./verbs/status.ts'),
  },
  {
    words: 'watch',
    summary: 'Show changes of a workspace while they happen',
    heading: WORK,
    load: () => import('./verbs/watch.ts'),
  },
  {
    words: 'commit',
    summary: 'Bring the changes of a workspace home to the project',
    heading: HISTORY,
    load: () => import('./verbs/commit.ts'),
  },
  {
    words: 'log',
    summary: 'Show the commits into the project',
    heading: HISTORY,
    load: () => import('./verbs/log.ts'),
  },
  {
    words: 'export',
    summary: 'Write a workspace or a snapshot as a tar archive',
    heading: HISTORY,
    load: () => import('./verbs/export.ts'),
  },
  {
    words: 'import',
    summary: 'Make a workspace of a tar archive, or add one to a workspace',
    heading: HISTORY,
    load: () => import('./verbs/import.ts'),
  },
  {
    words: 'config get',
    summary: 'Print the value of a setting',
    load: () => import('./verbs/config-get.ts'),
  },
  {
    words: 'config set',
    summary: 'Set a setting in a file',
    load: () => import('./verbs/config-set.ts'),
  },
  {
    words: 'config list',
    summary: 'List all settings, and where their values come from',
    load: () => import('./verbs/config-list.ts'),
  },
  {
    words: 'config show',
    summary: 'Print the configuration in force',
    load: () => import('./verbs/config-show.ts'),
  },
  {
    words: 'config validate',
    summary: 'Look for mistakes in the configuration',
    load: () => import('./verbs/config-validate.ts'),
  },
  {
    words: 'config export',
    summary: 'Print what a file sets, without secrets',
    load: () => import('./verbs/config-export.ts'),
  },
  {
    words: 'config import',
    summary: 'Take over the settings of a file',
    load: () => import('./verbs/config-import.ts'),
  },
  {
    words: 'config reset',
    summary: 'Put settings back to their defaults',
    load: () => import('./verbs/config-reset.ts'),
  },
  {
    words: 'version',
    summary: 'Print the version',
    heading: CARE,
    load: () => import('./verbs/version.ts'),
  },
];
