/** `agentfs audit`: what has happened, in one workspace or in all. */

import { resolve } from 'node:path';
import { AUDIT_COLUMNS } from '../audit-columns.ts';
import { type AuditFlags, addAuditFilter, auditFilter, auditLog } from '../audit-filter.ts';
import { addFormat, chooseFormat, type FormatOption } from '../format.ts';
import { count } from '../human.ts';
import { printList } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';

interface QueryFlags extends AuditFlags, FormatOption {
  readonly output?: string;
}

/** Lists entries, or writes them to a file. */
export const verb: Verb = {
  define(command) {
    addFormat(addAuditFilter(command)).option('--output <file>', 'write to a file, as json or csv');
    addExamples(
      command,
      ['agentfs audit agent-1 --since 24h', 'what agent-1 did today'],
      ["agentfs audit --operation write,delete --path 'src/**'", 'who changed the sources'],
      ['agentfs audit -w export', 'the log of a workspace that is called like a command'],
    );
  },
  async run(call, command) {
    const { output: file, ...flags } = command.opts<QueryFlags>();
    const filter = auditFilter(flags);
    const log = await auditLog(call, command);
    const { output, globals } = call;
    if (file === undefined) {
      const format = await chooseFormat(call, flags);
      const rows = log.stream(filter);
      return printList(output, format, { columns: AUDIT_COLUMNS, rows, toJson: (row) => row });
    }
    const { format = 'json' } = flags;
    if (format !== 'json' && format !== 'csv') {
      throw new UsageError(`--output writes json or csv, not ${format}.`);
    }
    const entries = await log.export(resolve(call.cwd, file), { ...filter, format });
    if (globals.json) await output.json({ file, format, entries });
    else output.say(`Wrote ${count(entries, 'line')} to ${file}.`);
  },
};
