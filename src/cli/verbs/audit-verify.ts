/** `agentfs audit verify`: checks the chain of hashes. */

import { EXIT } from '../exit-status.ts';
import { AUDIT_ARGUMENTS, auditLog } from '../options/audit-filter.ts';
import { WORKSPACE } from '../options/parameters.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  arguments: AUDIT_ARGUMENTS,
  options: [WORKSPACE],
  examples: [
    ['agentfs audit verify', 'exits with 1 if an entry was changed, removed or added'],
    ['agentfs audit verify agent-1 --json', 'with the head of the chain, to keep elsewhere'],
  ],
  async run({ call, args, flags }) {
    const verdict = await (await auditLog(call, args, flags)).verify();
    const { ok, rows, problem, firstBadId } = verdict;
    return {
      json: verdict,
      status: ok ? EXIT.success : EXIT.failure,
      lines: [ok ? `ok: ${count(rows, 'row')}` : `damaged: ${problem ?? ''}`],
      says: firstBadId === undefined ? [] : `The first bad entry is ${firstBadId}.`,
    };
  },
});
