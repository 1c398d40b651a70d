/** `agentfs sync reset`: forgets how far a workspace and its remote had come. */

import { confirm } from '../confirm.ts';
import { YES } from '../options/parameters.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Lets the next pull compare the two afresh; neither side loses anything. */
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
