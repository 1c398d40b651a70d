/** `agentfs workspace unfreeze`: allows changes of a frozen workspace again. */

import { workspaceJson } from '../print/json-shapes.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Makes a workspace active. */
export const verb: Verb = defineVerb({
  workspace: 'named',
  examples: [['agentfs workspace unfreeze agent-1', 'work in it again']],
  async run({ workspace }) {
    await workspace.update({ state: 'active' });
    return { json: workspaceJson(workspace), says: `Unfroze workspace ${workspace.name}.` };
  },
});
