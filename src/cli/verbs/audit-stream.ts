/** `agentfs audit stream`: the log as it grows. */

import { auditLine } from '../audit-columns.ts';
import { type AuditFlags, addAuditFilter, auditFilter, auditLog } from '../audit-filter.ts';
import { addExamples, type Verb } from '../verb.ts';

interface StreamFlags extends AuditFlags {
  readonly follow: boolean;
}

/** Prints entries while they are written, until Ctrl-C. */
export const verb: Verb = {
  define(command) {
    addAuditFilter(command).option('--no-follow', 'end with the newest entry');
    addExamples(
      command,
      ['agentfs audit stream', 'watch what happens from now on'],
      ['agentfs audit stream agent-1 --since 1h --json', 'a line of JSON for each entry'],
    );
  },
  async run(call, command) {
    const { follow, ...flags } = command.opts<StreamFlags>();
    const filter = auditFilter(flags);
    const { output, globals } = call;
    const signal = AbortSignal.any([call.signal, output.closed]);
    const log = await auditLog(call, command);
    // Who follows wants what is to come, unless a time says otherwise.
    const from = filter.from ?? (follow ? Date.now() : undefined);
    for await (const entry of log.stream({ ...filter, from, follow, signal })) {
      await (globals.json ? output.json(entry, 0) : output.print(auditLine(entry)));
    }
  },
};
