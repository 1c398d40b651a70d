/** `agentfs workspace merge`: brings what one workspace has changed into another. */

import { conflictOption } from '../options/parameters.ts';
import { mergeAnswer } from '../print/print.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

interface MergeFlags {
  readonly onConflict?: 'fail' | 'ours' | 'theirs';
}

/** Merges workspaces. */
export const verb: Verb = defineVerb<MergeFlags>({
  arguments: [
    ['<source>', 'the workspace with the changes'],
    ['<target>', 'the workspace that gets them'],
  ],
  options: [conflictOption('ours keeps the target, theirs takes the source')],
  examples: [
    ['agentfs workspace merge agent-1 agent-2', 'agent-2 gets the work of agent-1'],
    ['agentfs undo -w agent-2', 'undo the merge'],
  ],
  async run({ call, args: [source = '', target = ''], flags: { onConflict } }) {
    const strategy = onConflict === 'fail' ? 'manual' : onConflict;
    const { workspace } = await call.open();
    const result = await workspace.merge(source, target, { strategy });
    return mergeAnswer(call, target, result, `Merged ${source} into ${target}: %.`);
  },
});
