/** `agentfs sync push`: pushes a workspace, after pulling what others pushed. */

import { type ConflictFlags, conflictRows, conflictsOf } from '../options/conflict-options.ts';
import { syncAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<ConflictFlags & { readonly force?: true }>({
  workspace: true,
  options: [
    ['--force', 'replace what others have pushed; it is kept as a revision'],
    ...conflictRows('ours takes the workspace, theirs the remote'),
  ],
  examples: [
    ['agentfs sync push agent-1', 'send what has changed'],
    ['agentfs sync push agent-1 --json', 'with what was sent and what came in'],
  ],
  async run({ call, workspace, flags }) {
    const choices = await conflictsOf(call, flags);
    const { force } = flags;
    const result = await workspace.sync.push({ force, ...choices, signal: call.signal });
    return syncAnswer(call, workspace.name, result);
  },
});
