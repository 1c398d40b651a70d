/** `agentfs sync disable`: takes the remote away from a workspace. */

import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Forgets the remote; what is there stays there. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'));
    addExamples(command, [
      'agentfs sync disable agent-1',
      'go on alone; the remote keeps its state',
    ]);
  },
  async run(call, command) {
    const { workspace: option } = command.opts<WorkspaceOption>();
    const { name, sync } = await call.workspace(command.args[0], option);
    await sync.disable();
    if (call.globals.json) return call.output.json({ workspace: name, ...(await sync.status()) });
    call.output.say(`${name} has no remote any more.`);
  },
};
