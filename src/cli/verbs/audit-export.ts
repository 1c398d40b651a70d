/** `agentfs audit export`: the log as a file, for keeping and for other programs. */

import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import type { AuditExportOptions, AuditLog } from '../../index.ts';
import { type AuditFlags, addAuditFilter, auditFilter, auditLog } from '../audit-filter.ts';
import { count } from '../human.ts';
import type { Output } from '../output.ts';
import { addExamples, type Verb } from '../verb.ts';

interface ExportFlags extends AuditFlags {
  readonly format: 'json' | 'jsonl' | 'csv';
  readonly output?: string;
}

/** Writes entries to a file, or to standard output. */
export const verb: Verb = {
  define(command) {
    addAuditFilter(command)
      .addOption(
        new Option('--format <format>', 'json (one array), jsonl (an entry a line) or csv')
          .choices(['json', 'jsonl', 'csv'])
          .default('json'),
      )
      .option('--output <file>', 'the file, which is there as a whole or not at all; else stdout');
    addExamples(
      command,
      ['agentfs audit export --format jsonl --output audit.jsonl', 'all of it'],
      ['agentfs audit export agent-1 --since 7d --format csv | head', 'the beginning of a week'],
    );
  },
  async run(call, command) {
    const { output: file, format, ...flags } = command.opts<ExportFlags>();
    const log = await auditLog(call, command);
    const options: AuditExportOptions = { ...auditFilter(flags), format };
    if (file === undefined) return copyTo(call.output, log, options);
    const entries = await log.export(resolve(call.cwd, file), options);
    if (call.globals.json) await call.output.json({ file, format, entries });
    else call.output.say(`Wrote ${count(entries, 'line')} to ${file}.`);
  },
};

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
