/** `agentfs workspace merge`: merges the changes of one workspace into another. */

import {
  conflictRows,
  conflictsOf,
  DRY_RUN,
  type WorkspaceConflictFlags,
} from '../options/conflict-options.ts';
import { mergeAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<WorkspaceConflictFlags>({
  arguments: [
    ['<source>', 'the workspace with the changes'],
    ['<target>', 'the workspace that gets them'],
  ],
  options: [
    ...conflictRows(
      'ours takes the target, theirs the source, markers puts both into the file',
      'markers',
    ),
    DRY_RUN,
  ],
  examples: [
    ['agentfs workspace merge agent-1 agent-2', 'agent-2 gets the work of agent-1'],
    ['agentfs undo -w agent-2', 'undo the merge'],
  ],
  async run({ call, args: [source = '', target = ''], flags }) {
    const { dryRun } = flags;
    const options = { ...(await conflictsOf(call, flags)), dryRun };
    const result = await (await call.open()).workspace.merge(source, target, options);
    return mergeAnswer(
      call,
      { workspace: target, dryRun },
      result,
      `Merged ${source} into ${target}: %.`,
    );
  },
});
