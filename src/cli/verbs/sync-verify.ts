/** `agentfs sync verify`: proves what is on the remote. */

import { EXIT } from '../exit-status.ts';
import { count, humanSize } from '../print/human.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Fetches and checks everything that the remote's newest revision needs. */
export const verb: Verb = defineVerb({
  workspace: true,
  examples: [['agentfs sync verify agent-1', 'fetch everything and check every hash']],
  async run({ call, workspace: { name, sync } }) {
    const verdict = await sync.verify({ signal: call.signal });
    const { ok, objects, bytes, damaged } = verdict;
    const found = damaged.length === 0 ? 'ok' : `${damaged.length} missing or damaged`;
    return {
      json: { workspace: name, ...verdict },
      status: ok ? EXIT.success : EXIT.syncConflict,
      lines: damaged.map(({ id, code, problem }) => `${id} ${code} ${problem}`),
      says: `Checked ${count(objects, 'object')}, ${humanSize(bytes)}: ${found}.`,
    };
  },
});
