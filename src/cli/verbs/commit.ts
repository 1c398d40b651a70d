/** `agentfs commit`: brings the changes of a workspace home to the project. */

import type { CommitOptions } from '../../index.ts';
import { changeLines } from '../change-lines.ts';
import { commitJson } from '../commit-json.ts';
import { addConflictChoice, type ConflictChoice } from '../conflict-choice.ts';
import { count } from '../humane.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, collect, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface CommitFlags extends WorkspaceOption, ConflictChoice {
  readonly message?: string;
  readonly author?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly dryRun?: boolean;
  readonly allowEmpty?: boolean;
  readonly merge: boolean;
}

/** Commits a workspace. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'))
      .option('-m, --message <text>', 'what the change is for; required')
      .option(
        '--author <author>',
        '"Name <mail>" or a name; default $AGENTFS_AUTHOR, else your login name',
      )
      .option('--include <glob>', 'commit only such paths; may be repeated', collect)
      .option('--exclude <glob>', 'leave such paths out; may be repeated', collect)
      .option('--dry-run', 'only show what would change')
      .option('--no-merge', 'never merge changes to one file line by line')
      .option('--allow-empty', 'commit even when nothing has changed');
    addConflictChoice(command, "ours is the workspace's side, theirs the project's");
    addExamples(
      command,
      ['agentfs commit -w agent-1 -m "Fix the login"', 'bring everything home'],
      ["agentfs commit agent-1 -m Docs --include 'docs/**'", 'bring a part of it home'],
      ['agentfs commit agent-1 --dry-run', 'look first'],
    );
  },
  async run(call, command) {
    const flags = command.opts<CommitFlags>();
    const { output, globals } = call;
    const name = await call.workspaceName(command.args[0], flags.workspace);
    const { message, dryRun = false } = flags;
    if (message === undefined && !dryRun) {
      throw new UsageError('A commit needs a message.', 'Say what it is for with -m "...".');
    }
    const workspace = await call.workspace(name);
    const options: CommitOptions = { ...choicesOf(flags), signal: call.signal };
    if (dryRun) {
      const changes = await workspace.commit(message ?? 'dry run', { ...options, dryRun: true });
      if (globals.json) await output.json({ workspace: name, dryRun: true, changes });
      else await output.print(...changeLines(changes, output.style));
      output.say(`${count(changes.length, 'change')} would be committed.`);
      return;
    }
    const commit = await workspace.commit(message ?? '', options);
    for (const warning of commit.warnings) output.complain(`warning: ${oneLine(warning)}`);
    if (globals.json) await output.json(commitJson(commit));
    else {
      await output.print(commit.id);
      output.say(`Committed ${count(commit.length, 'change')} of ${name}.`);
      for (const path of commit.merged) output.say(`Merged line by line: ${oneLine(path)}`);
    }
  },
};

function choicesOf({
  author,
  include,
  exclude,
  onConflict,
  allowEmpty,
  merge,
}: CommitFlags): CommitOptions {
  return { author, include, exclude, onConflict, allowEmpty, merge };
}
