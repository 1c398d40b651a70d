/** `agentfs sync config`: changes how a workspace syncs. */

import { UsageError } from '../exit-status.ts';
import { SYNC_OPTIONS, type SyncFlags, syncConfigOf } from '../options/sync-options.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<SyncFlags>({
  workspace: true,
  options: SYNC_OPTIONS,
  examples: [
    ['agentfs sync config agent-1 --mode periodic --interval 5m', 'sync automatically'],
    ["agentfs sync config agent-1 --include 'src/**'", 'sync only a part'],
    ['agentfs sync config agent-1 --conflict-resolution merge', 'merge text line by line'],
  ],
  check(flags) {
    if (Object.values(syncConfigOf(flags)).some((value) => value !== undefined)) return;
    throw new UsageError('No setting is given.', 'See agentfs sync config --help.');
  },
  async run({ workspace: { name, sync }, flags }) {
    await sync.config(syncConfigOf(flags));
    const json = { workspace: name, ...(await sync.status()) };
    return { json, says: `Updated the sync settings of ${name}.` };
  },
});
