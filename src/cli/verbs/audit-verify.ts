/** `agentfs audit verify`: whether anybody has changed the log. */

import { auditLog } from '../audit-filter.ts';
import { EXIT } from '../exit-status.ts';
import { count } from '../humane.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { addWorkspace } from '../workspace-option.ts';

/** Checks the chain of hashes. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w; without one, all'));
    addExamples(
      command,
      ['agentfs audit verify', 'ends with 1 when an entry was changed, removed or added'],
      ['agentfs audit verify agent-1 --json', 'its head is an anchor to keep elsewhere'],
    );
  },
  async run(call, command) {
    const verdict = await (await auditLog(call, command)).verify();
    if (!verdict.ok) call.exitStatus = EXIT.failure;
    const { output, globals } = call;
    if (globals.json) return output.json(verdict);
    const { ok, rows, problem, firstBadId } = verdict;
    await output.print(ok ? `ok: ${count(rows, 'row')}` : `damaged: ${oneLine(problem ?? '')}`);
    if (firstBadId !== undefined) output.say(`The first entry that does not fit is ${firstBadId}.`);
  },
};
