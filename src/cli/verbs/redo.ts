/** `agentfs redo`: makes what was undone last again. */

import { stepAnswer } from '../print/print.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Makes the undone operation again. */
export const verb: Verb = defineVerb({
  workspace: true,
  examples: [['agentfs redo -w agent-1', 'get back what the last undo took']],
  run: async ({ call, workspace }) => stepAnswer(call, 'Redid', await workspace.redo()),
});
