/** `agentfs redo`: makes what was undone last again. */

import { printStep } from '../print-step.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Makes the undone operation again. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'));
    addExamples(command, ['agentfs redo -w agent-1', 'the undo was a mistake']);
  },
  async run(call, command) {
    const { workspace: name } = command.opts<WorkspaceOption>();
    const workspace = await call.workspace(command.args[0], name);
    await printStep(call, 'Made again', await workspace.redo());
  },
};
