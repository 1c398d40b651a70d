/** `agentfs workspace rename`: gives a workspace another name. */

import { readUsed, writeUsed } from '../used-workspace.ts';
import { addExamples, type Verb } from '../verb.ts';
import { workspaceJson } from '../workspace-json.ts';

/** Renames a workspace. */
export const verb: Verb = {
  define(command) {
    command.argument('<old>', 'its name').argument('<new>', 'its name from now on');
    addExamples(command, ['agentfs workspace rename agent-1 login-fix', 'its history stays']);
  },
  async run(call, command) {
    const [from = '', to = ''] = command.args;
    const afs = await call.open();
    const base = await call.base();
    const workspace = await afs.workspace.rename(from, to);
    if (readUsed(base) === from) writeUsed(base, to);
    if (call.globals.json) await call.output.json(workspaceJson(workspace));
    else call.output.say(`Renamed ${from} to ${to}.`);
  },
};
