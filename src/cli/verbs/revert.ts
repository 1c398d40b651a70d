/** `agentfs revert`: takes a commit back in the project, by a commit of its own. */

import { commitJson } from '../commit-json.ts';
import { addConflictChoice, type ConflictChoice } from '../conflict-choice.ts';
import { count } from '../humane.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

interface RevertFlags extends ConflictChoice {
  readonly message?: string;
  readonly author?: string;
}

/** Reverts a commit. */
export const verb: Verb = {
  define(command) {
    command
      .argument('<commit>', 'its id, or seven or more of its first digits')
      .option('-m, --message <text>', 'default: Revert "..."')
      .option(
        '--author <author>',
        '"Name <mail>" or a name; default $AGENTFS_AUTHOR, else your login name',
      );
    addConflictChoice(command, 'ours undoes the commit, theirs keeps what came later');
    addExamples(
      command,
      ['agentfs revert 3f2a9c1', 'what came after the commit stays'],
      ['agentfs log --oneline', 'which commits there are'],
    );
  },
  async run(call, command) {
    const [id = ''] = command.args;
    const { message, author, onConflict } = command.opts<RevertFlags>();
    const { output, globals, signal } = call;
    const afs = await call.open();
    const commit = await afs.revert(id, { message, author, onConflict, signal });
    for (const warning of commit.warnings) output.complain(`warning: ${oneLine(warning)}`);
    if (globals.json) return output.json(commitJson(commit));
    await output.print(commit.id);
    output.say(`Took back ${count(commit.length, 'change')} of ${commit.reverts?.slice(0, 12)}.`);
  },
};
