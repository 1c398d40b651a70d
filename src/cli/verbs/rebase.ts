/** `agentfs rebase`: brings what has changed in the project since the fork into a workspace. */

import { addConflictChoice, type ConflictChoice } from '../conflict-choice.ts';
import { printMerge } from '../print-merge.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Rebases a workspace. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'));
    addConflictChoice(command, "ours is the workspace's side, theirs the project's");
    addExamples(
      command,
      ['agentfs rebase -w agent-1', 'catch up with the project'],
      ['agentfs rebase -w agent-1 --on-conflict theirs', 'and let the project win'],
    );
  },
  async run(call, command) {
    const { workspace: name, onConflict } = command.opts<WorkspaceOption & ConflictChoice>();
    const workspace = await call.workspace(command.args[0], name);
    const result = await workspace.rebase({ onConflict, signal: call.signal });
    await printMerge(call, workspace.name, result);
  },
};
