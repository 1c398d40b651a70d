/** `agentfs workspace freeze`: forbids every change of a workspace. */

import { addExamples, type Verb } from '../verb.ts';
import { workspaceJson } from '../workspace-json.ts';

/** Freezes a workspace. */
export const verb: Verb = {
  define(command) {
    command.argument('<name>', 'the workspace');
    addExamples(command, [
      'agentfs workspace freeze agent-1',
      'it can be read, compared and forked, but not changed',
    ]);
  },
  async run(call, command) {
    const workspace = await call.workspace(command.args[0]);
    await workspace.update({ state: 'frozen' });
    if (call.globals.json) await call.output.json(workspaceJson(workspace));
    else call.output.say(`Froze ${workspace.name}.`);
  },
};
