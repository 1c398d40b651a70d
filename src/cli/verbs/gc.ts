/** `agentfs gc`: frees what nothing refers to any more. */

import type { GarbageReport } from '../../index.ts';
import { confirm } from '../confirm.ts';
import { count } from '../human.ts';
import { humanSize } from '../size.ts';
import { addExamples, type Verb } from '../verb.ts';

interface GcFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Collects garbage. */
export const verb: Verb = {
  define(command) {
    command.option('--dry-run', 'only show what would be freed').option('-y, --yes', 'do not ask');
    addExamples(
      command,
      ['agentfs gc --dry-run', 'what there is to free'],
      ['agentfs gc --yes', 'free it; others can go on working meanwhile'],
    );
  },
  async run(call, command) {
    const { dryRun = false, yes = false } = command.opts<GcFlags>();
    await confirm(
      call,
      'Drop what nothing refers to, and history beyond its retention?',
      dryRun || yes,
    );
    const report = await (await call.open()).gc({ dryRun });
    if (call.globals.json) return call.output.json(report);
    for (const line of describe(report)) call.output.say(line);
  },
};

function describe({
  objects,
  bytes,
  rows,
  checkouts,
  workDirectories,
  dryRun,
}: GarbageReport): string[] {
  const lines = [
    `${dryRun ? 'Would free' : 'Freed'} ${count(objects, 'object')}, ${humanSize(bytes)}.`,
  ];
  const { operations, audit } = rows;
  if (operations + audit > 0) {
    lines.push(
      `${count(operations, 'operation')} and ${count(audit, 'audit row')} beyond their time.`,
    );
  }
  if (checkouts.checkouts > 0) {
    lines.push(`${count(checkouts.checkouts, 'unused checkout')}, ${humanSize(checkouts.bytes)}.`);
  }
  if (workDirectories > 0) lines.push(`Work left of deleted workspaces: ${workDirectories}.`);
  return lines;
}
