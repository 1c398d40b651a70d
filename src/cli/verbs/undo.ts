/** `agentfs undo`: takes the newest operation of a workspace back. */

import { printStep } from '../print-step.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Takes the newest operation back. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'));
    addExamples(
      command,
      ['agentfs undo -w agent-1', 'after a run that went wrong'],
      ['agentfs history -w agent-1', 'what there is to take back'],
    );
  },
  async run(call, command) {
    const { workspace: name } = command.opts<WorkspaceOption>();
    const workspace = await call.workspace(command.args[0], name);
    const result = await workspace.undo();
    await printStep(call, 'Took back', result);
    if (call.globals.json || result.operation.kind !== 'commit') return;
    call.output.say('The project keeps the commit: agentfs revert takes it back there.');
  },
};
