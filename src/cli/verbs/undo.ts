/** `agentfs undo`: undoes the last operation in a workspace. */

import { stepAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  workspace: true,
  examples: [
    ['agentfs undo -w agent-1', 'undo a command that went wrong'],
    ['agentfs history -w agent-1', 'see what there is to undo'],
  ],
  async run({ call, workspace }) {
    const result = await workspace.undo();
    const answer = stepAnswer(call, 'Undid', result);
    if (result.operation.kind !== 'commit') return answer;
    const reminder =
      'The project keeps the commit. To undo it there, find its id with agentfs log, and type agentfs revert <id>.';
    return { ...answer, says: [answer.says ?? [], reminder].flat() };
  },
});
