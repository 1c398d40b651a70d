/** `agentfs rebase`: brings what has changed in the project since the fork into a workspace. */

import { conflictOption } from '../options/parameters.ts';
import { mergeAnswer } from '../print/print.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

interface RebaseFlags {
  readonly onConflict?: 'fail' | 'ours' | 'theirs';
}

/** Rebases a workspace. */
export const verb: Verb = defineVerb<RebaseFlags>({
  workspace: true,
  options: [conflictOption('ours keeps the workspace, theirs takes the project')],
  examples: [
    ['agentfs rebase -w agent-1', 'catch up with the project'],
    ['agentfs rebase -w agent-1 --on-conflict theirs', 'let the project win'],
  ],
  async run({ call, workspace, flags }) {
    const { name } = workspace;
    const options = { onConflict: flags.onConflict, signal: call.signal };
    const result = await workspace.rebase(options);
    return mergeAnswer(call, name, result, `Rebased ${name}: % from the project.`);
  },
});
