/** `agentfs commit`: applies the changes of a workspace to the project. */

import type { CommitOptions } from '../../index.ts';
import { codeOf, UsageError } from '../exit-status.ts';
import {
  type ConflictFlags,
  conflictRows,
  conflictsOf,
  DRY_RUN,
} from '../options/conflict-options.ts';
import { AUTHOR, PATHS, PATHS_HELP } from '../options/parameters.ts';
import { type PathFlags, selectionOf } from '../options/selected-paths.ts';
import { count } from '../print/human.ts';
import { commitAnswer, dryRunAnswer, mergedLines } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface CommitFlags extends ConflictFlags, PathFlags {
  readonly workspace?: string;
  readonly message?: string;
  readonly author?: string;
  readonly dryRun?: true;
  readonly allowEmpty?: true;
  readonly merge: boolean;
}

export const verb: Verb = defineVerb<CommitFlags>({
  workspace: true,
  takesPaths: true,
  options: [
    ['-m, --message <text>', 'the commit message; required'],
    AUTHOR,
    ...PATHS,
    DRY_RUN,
    ['--no-merge', 'do not merge two changes to one file line by line'],
    ['--allow-empty', 'commit even if nothing changed'],
    ...conflictRows('ours takes the workspace, theirs the project'),
  ],
  notes: PATHS_HELP,
  examples: [
    ['agentfs commit -w agent-1 -m "Fix the login"', 'apply all changes to the project'],
    ['agentfs commit agent-1 -m Docs -- docs README.md', 'apply some of them'],
    ['agentfs commit agent-1 --dry-run', 'see what would change'],
  ],
  check({ message, dryRun }) {
    if (message !== undefined || dryRun) return;
    throw new UsageError('A commit needs a message.', 'Give one with -m.');
  },
  async run({ call, workspace, paths, flags: { message, dryRun, ...choices } }) {
    const { author, allowEmpty, merge } = choices;
    const selection = await selectionOf(call, choices, paths);
    const options: CommitOptions = {
      ...{ author, allowEmpty, merge, ...selection },
      ...(await conflictsOf(call, choices)),
      signal: call.signal,
    };
    const { name } = workspace;
    const isPart = selection.include !== undefined || selection.exclude !== undefined;
    try {
      if (dryRun) {
        const changes = await workspace.commit(message ?? 'dry run', { ...options, dryRun });
        const { merged, conflicts } = changes;
        const json = { workspace: name, merged, conflicts };
        return dryRunAnswer(call, changes, json, 'commit', mergedLines(changes));
      }
      const commit = await workspace.commit(message ?? '', options);
      const done = `Committed ${count(commit.length, 'change')} from ${name}.`;
      return commitAnswer(commit, done, `agentfs undo -w ${name}`);
    } catch (error) {
      if (!isPart || codeOf(error) !== 'NOTHING_TO_COMMIT' || !(error instanceof Error))
        throw error;
      error.message = `No change in workspace '${name}' matches these paths.`;
      throw error;
    }
  },
});
