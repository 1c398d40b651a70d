/** `agentfs sync reset`: makes the next pull compare everything; neither side loses anything. */

import { confirm } from '../confirm.ts';
import { YES } from '../options/parameters.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<{ readonly yes?: true }>({
  workspace: true,
  options: [YES],
  examples: [['agentfs sync reset agent-1', 'after the remote was replaced: compare everything']],
  async run({ call, workspace: { name, sync }, flags: { yes = false } }) {
    await confirm(call, `Forget the sync state of ${name}? No files are lost.`, yes);
    await sync.reset();
    const json = { workspace: name, ...(await sync.status()) };
    return { json, says: `Reset the sync state of ${name}.` };
  },
});
