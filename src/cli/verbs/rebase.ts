/** `agentfs rebase`: brings the project's changes since the fork into a workspace. */

import {
  conflictRows,
  conflictsOf,
  DRY_RUN,
  type WorkspaceConflictFlags,
} from '../options/conflict-options.ts';
import { mergeAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<WorkspaceConflictFlags>({
  workspace: true,
  options: [
    ...conflictRows(
      'ours takes the workspace, theirs the project, markers puts both into the file',
      'markers',
    ),
    DRY_RUN,
  ],
  examples: [
    ['agentfs rebase -w agent-1', 'catch up with the project'],
    ['agentfs rebase -w agent-1 --on-conflict theirs', 'let the project win'],
    ['agentfs rebase -w agent-1 --on-conflict markers', 'settle it in the files'],
  ],
  async run({ call, workspace, flags }) {
    const { name } = workspace;
    const { dryRun } = flags;
    const options = { ...(await conflictsOf(call, flags)), dryRun, signal: call.signal };
    const result = await workspace.rebase(options);
    return mergeAnswer(
      call,
      { workspace: name, dryRun },
      result,
      dryRun !== true && result.changes.length === 0
        ? `${name} has all changes of the project.`
        : `Rebased ${name}: % from the project.`,
    );
  },
});
