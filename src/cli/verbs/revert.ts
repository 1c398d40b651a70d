/** `agentfs revert`: undoes a commit in the project with a new commit. */

import { type ConflictFlags, conflictRows, conflictsOf } from '../options/conflict-options.ts';
import { AUTHOR } from '../options/parameters.ts';
import { count } from '../print/human.ts';
import { commitAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface RevertFlags extends ConflictFlags {
  readonly message?: string;
  readonly author?: string;
}

export const verb: Verb = defineVerb<RevertFlags>({
  arguments: [['<commit>', 'its id, or at least the first seven digits']],
  options: [
    ['-m, --message <text>', 'the commit message; default: Revert "..."'],
    AUTHOR,
    ...conflictRows('ours undoes the commit, theirs keeps later changes'),
  ],
  examples: [
    ['agentfs revert 3f2a9c1', 'undo one commit and keep later ones'],
    ['agentfs log --oneline', 'find its id'],
  ],
  async run({ call, args: [id = ''], flags }) {
    const { message, author } = flags;
    const choices = await conflictsOf(call, flags);
    const afs = await call.open();
    const commit = await afs.revert(id, { message, author, ...choices, signal: call.signal });
    const reverted = commit.reverts?.slice(0, 12) ?? id;
    return commitAnswer(commit, `Reverted ${reverted}: ${count(commit.length, 'change')}.`);
  },
});
