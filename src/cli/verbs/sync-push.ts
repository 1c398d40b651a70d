/** `agentfs sync push`: sends a workspace to its remote. */

import { syncAnswer } from '../print/print.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Pushes, after taking over what others have pushed. */
export const verb: Verb = defineVerb<{ readonly force?: true }>({
  workspace: true,
  options: [['--force', 'replace what others have pushed; it is kept as a revision']],
  examples: [
    ['agentfs sync push agent-1', 'send what has changed'],
    ['agentfs sync push agent-1 --json', 'with what was sent and what came in'],
  ],
  async run({ call, workspace, flags: { force } }) {
    const result = await workspace.sync.push({ force, signal: call.signal });
    return syncAnswer(call, workspace.name, result);
  },
});
