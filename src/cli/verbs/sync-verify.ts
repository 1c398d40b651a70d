/** `agentfs sync verify`: fetches and checks all that the remote's newest revision needs. */

import { EXIT } from '../exit-status.ts';
import { count, humanSize } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

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
