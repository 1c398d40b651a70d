/** `agentfs sync disable`: takes the remote away from a workspace. */

import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Forgets the remote; what is there stays there. */
export const verb: Verb = defineVerb({
  workspace: true,
  examples: [['agentfs sync disable agent-1', 'the data on the remote stays']],
  async run({ workspace: { name, sync } }) {
    await sync.disable();
    const json = { workspace: name, ...(await sync.status()) };
    return { json, says: `Disconnected ${name} from its remote.` };
  },
});
