/** `agentfs audit export`: writes the log to a file or standard output, for other programs. */

import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AuditExportOptions, AuditLog } from '../../index.ts';
import {
  AUDIT_ARGUMENTS,
  AUDIT_OPTIONS,
  type AuditFlags,
  auditFilter,
  auditLog,
} from '../options/audit-filter.ts';
import { oneOf } from '../options/parameters.ts';
import type { Output } from '../output.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ExportFlags extends AuditFlags {
  readonly format?: 'json' | 'jsonl' | 'csv';
  readonly output?: string;
}

export const verb: Verb = defineVerb<ExportFlags>({
  arguments: AUDIT_ARGUMENTS,
  options: [
    ...AUDIT_OPTIONS,
    [
      '--format <format>',
      'json (one array, the default), jsonl (an entry per line) or csv',
      oneOf(['json', 'jsonl', 'csv']),
    ],
    ['--output <file>', 'the file to write, all or nothing; default standard output'],
  ],
  examples: [
    ['agentfs audit export --format jsonl --output audit.jsonl', 'everything'],
    ['agentfs audit export agent-1 --since 7d --format csv | head', 'the last week'],
  ],
  async run({ call, args, flags }) {
    const { output: file, format = 'json' } = flags;
    const options: AuditExportOptions = { ...auditFilter(flags), format };
    const log = await auditLog(call, args, flags);
    if (file === undefined) return copyTo(call.output, log, options);
    const entries = await log.export(resolve(call.cwd, file), options);
    return { json: { file, format, entries }, says: `Wrote ${count(entries, 'line')} to ${file}.` };
  },
});

/** Through a file, so that both ways give the same bytes, and memory stays flat. */
async function copyTo(output: Output, log: AuditLog, options: AuditExportOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-audit-'));
  try {
    const file = join(directory, 'audit');
    await log.export(file, options);
    for await (const chunk of createReadStream(file)) await output.write(chunk);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
