/** `agentfs redo`: redoes the last undo. */

import { stepAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  workspace: true,
  examples: [['agentfs redo -w agent-1', 'get back what the last undo took']],
  run: async ({ call, workspace }) => stepAnswer(call, 'Redid', await workspace.redo()),
});
