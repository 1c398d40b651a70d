/** `agentfs workspace unfreeze`: allows changes to a frozen workspace again. */

import { workspaceJson } from '../print/json-shapes.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  workspace: 'named',
  examples: [['agentfs workspace unfreeze agent-1', 'work in it again']],
  async run({ workspace }) {
    await workspace.update({ state: 'active' });
    return { json: workspaceJson(workspace), says: `Unfroze workspace ${workspace.name}.` };
  },
});
