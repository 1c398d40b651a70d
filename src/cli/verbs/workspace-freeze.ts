/** `agentfs workspace freeze`: forbids every change of a workspace. */

import { workspaceJson } from '../print/json-shapes.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Freezes a workspace. */
export const verb: Verb = defineVerb({
  workspace: 'named',
  examples: [['agentfs workspace freeze agent-1', 'still readable, but nothing can change it']],
  async run({ workspace }) {
    await workspace.update({ state: 'frozen' });
    return { json: workspaceJson(workspace), says: `Froze workspace ${workspace.name}.` };
  },
});
