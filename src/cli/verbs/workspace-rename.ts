/** `agentfs workspace rename`: renames a workspace. */

import { workspaceJson } from '../print/json-shapes.ts';
import { readUsed, writeUsed } from '../used-workspace.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  arguments: [
    ['<old>', 'its name'],
    ['<new>', 'its new name'],
  ],
  examples: [['agentfs workspace rename agent-1 login-fix', 'its history stays']],
  async run({ call, args: [from = '', to = ''] }) {
    const afs = await call.open();
    const base = await call.base();
    const workspace = await afs.workspace.rename(from, to);
    if (readUsed(base) === from) writeUsed(base, to);
    return { json: workspaceJson(workspace), says: `Renamed workspace ${from} to ${to}.` };
  },
});
