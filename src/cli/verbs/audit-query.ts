/** `agentfs audit`: lists what happened in one workspace or all. */

import { resolve } from 'node:path';
import { UsageError } from '../exit-status.ts';
import {
  AUDIT_ARGUMENTS,
  AUDIT_COLUMNS,
  AUDIT_OPTIONS,
  type AuditFlags,
  auditFilter,
  auditLog,
} from '../options/audit-filter.ts';
import { FORMAT } from '../options/parameters.ts';
import { answerList, type FormatOption } from '../print/format.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface QueryFlags extends AuditFlags, FormatOption {
  readonly output?: string;
  readonly replicas?: true;
}

export const verb: Verb = defineVerb<QueryFlags>({
  arguments: AUDIT_ARGUMENTS,
  options: [
    ...AUDIT_OPTIONS,
    FORMAT,
    ['--replicas', 'also entries from others who share the workspaces'],
    ['--output <file>', 'write to a file, as json or csv'],
  ],
  examples: [
    ['agentfs audit agent-1 --since 24h', 'what agent-1 did today'],
    ["agentfs audit --operation write,delete --path 'src/**'", 'who changed the sources'],
    ['agentfs audit -w export', 'a workspace whose name is also a command'],
  ],
  async run({ call, args, flags }) {
    const { output: file, format = 'json', replicas } = flags;
    const filter = auditFilter(flags);
    const log = await auditLog(call, args, flags);
    if (file === undefined) {
      const rows = replicas ? await log.logs({ ...filter, replicas }) : log.stream(filter);
      return answerList(call, flags, { columns: AUDIT_COLUMNS, rows });
    }
    if (replicas) throw new UsageError('--replicas and --output cannot be used together.');
    if (format !== 'json' && format !== 'csv') {
      throw new UsageError(`--output writes json or csv, not ${format}.`);
    }
    const entries = await log.export(resolve(call.cwd, file), { ...filter, format });
    return { json: { file, format, entries }, says: `Wrote ${count(entries, 'line')} to ${file}.` };
  },
});
