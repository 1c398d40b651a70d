/** `agentfs audit stream`: prints entries as they are written, until Ctrl-C. */

import {
  AUDIT_ARGUMENTS,
  AUDIT_OPTIONS,
  type AuditFlags,
  auditFilter,
  auditLine,
  auditLog,
} from '../options/audit-filter.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface StreamFlags extends AuditFlags {
  readonly follow: boolean;
}

export const verb: Verb = defineVerb<StreamFlags>({
  arguments: AUDIT_ARGUMENTS,
  options: [...AUDIT_OPTIONS, ['--no-follow', 'stop after the newest entry']],
  examples: [
    ['agentfs audit stream', 'watch what happens from now on'],
    ['agentfs audit stream agent-1 --since 1h --json', 'a line of JSON per entry'],
  ],
  async run({ call, args, flags }) {
    const { follow } = flags;
    const filter = auditFilter(flags);
    const { output, globals } = call;
    const signal = AbortSignal.any([call.signal, output.closed]);
    const log = await auditLog(call, args, flags);
    // Who follows wants what is to come, unless a time says otherwise.
    const from = filter.from ?? (follow ? Date.now() : undefined);
    for await (const entry of log.stream({ ...filter, from, follow, signal })) {
      await (globals.json ? output.json(entry, 0) : output.print(auditLine(entry)));
    }
  },
});
