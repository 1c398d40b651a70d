/** `agentfs workspace freeze`: protects a workspace from all changes. */

import { workspaceJson } from '../print/json-shapes.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  workspace: 'named',
  examples: [['agentfs workspace freeze agent-1', 'still readable, but nothing can change it']],
  async run({ workspace }) {
    await workspace.update({ state: 'frozen' });
    return { json: workspaceJson(workspace), says: `Froze workspace ${workspace.name}.` };
  },
});
