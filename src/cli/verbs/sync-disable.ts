/** `agentfs sync disable`: disconnects a workspace from its remote; both keep what they have. */

import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  workspace: true,
  examples: [['agentfs sync disable agent-1', 'the data on the remote stays']],
  async run({ workspace: { name, sync } }) {
    await sync.disable();
    const json = { workspace: name, ...(await sync.status()) };
    return { json, says: `Disconnected ${name} from its remote.` };
  },
});
