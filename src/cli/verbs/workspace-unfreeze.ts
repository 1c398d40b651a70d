/** `agentfs workspace unfreeze`: allows changes of a frozen workspace again. */

import { addExamples, type Verb } from '../verb.ts';
import { workspaceJson } from '../workspace-json.ts';

/** Makes a workspace active. */
export const verb: Verb = {
  define(command) {
    command.argument('<name>', 'the workspace');
    addExamples(command, ['agentfs workspace unfreeze agent-1', 'go on working in it']);
  },
  async run(call, command) {
    const workspace = await call.workspace(command.args[0]);
    await workspace.update({ state: 'active' });
    if (call.globals.json) await call.output.json(workspaceJson(workspace));
    else call.output.say(`Unfroze ${workspace.name}.`);
  },
};
