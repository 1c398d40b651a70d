/** `agentfs workspace delete`: one workspace, or all that were not changed for long. */

import type { Workspace } from '../../index.ts';
import type { Call } from '../call.ts';
import { confirm } from '../confirm.ts';
import { codeOf } from '../exit-status.ts';
import { count, parseSpan } from '../human.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';

interface DeleteFlags {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly olderThan?: string;
}

/** Deletes workspaces. */
export const verb: Verb = {
  define(command) {
    command
      .argument('[name]', 'the workspace')
      .option('-y, --yes', 'do not ask')
      .option('--force', 'also when it has changes that were not committed')
      .option('--dry-run', 'only show what would be deleted')
      .option('--older-than <span>', 'all not changed for so long: 30 (days), 12h, 2w');
    addExamples(
      command,
      ['agentfs workspace delete agent-1', 'refused while it has changes'],
      ['agentfs workspace delete agent-1 --force', 'with all that it has changed'],
      ['agentfs workspace delete --older-than 30d --dry-run', 'what nobody has used for a month'],
    );
  },
  async run(call, command) {
    const flags = command.opts<DeleteFlags>();
    const [name] = command.args;
    if ((name === undefined) === (flags.olderThan === undefined)) {
      throw new UsageError('Name a workspace, or give --older-than; not both.');
    }
    const wanted = name === undefined ? await unused(call, flags) : [await call.workspace(name)];
    const names = wanted.map((workspace) => workspace.name);
    if (flags.dryRun === true || names.length === 0) return report(call, names, [], true);
    await confirm(call, `Delete ${describe(names)}?`, flags.yes === true);
    const { deleted, kept } = await deleteAll(call, names, flags);
    await report(call, deleted, kept, false);
  },
};

async function unused(call: Call, { olderThan = '' }: DeleteFlags): Promise<Workspace[]> {
  const latest = Date.now() - parseSpan(olderThan, '--older-than', 'd');
  const all = await (await call.open()).workspace.list({ includeArchived: true });
  return all.filter(({ updatedAt }) => updatedAt.getTime() <= latest);
}

/** Of many, those with changes are left alone; of one, that is an error. */
async function deleteAll(
  call: Call,
  names: readonly string[],
  { force = false, olderThan }: DeleteFlags,
): Promise<{ readonly deleted: string[]; readonly kept: string[] }> {
  const afs = await call.open();
  const deleted: string[] = [];
  const kept: string[] = [];
  for (const name of names) {
    try {
      await afs.workspace.delete(name, { force });
      deleted.push(name);
    } catch (error) {
      if (olderThan === undefined || codeOf(error) !== 'WORKSPACE_DIRTY') throw error;
      kept.push(name);
    }
  }
  return { deleted, kept };
}

async function report(
  { output, globals }: Call,
  deleted: readonly string[],
  kept: readonly string[],
  dryRun: boolean,
): Promise<void> {
  if (globals.json) return output.json({ dryRun, deleted, kept });
  if (dryRun) await output.print(...deleted);
  output.say(`${dryRun ? 'Would delete' : 'Deleted'} ${describe(deleted)}.`);
  for (const name of kept) output.complain(`Kept ${name}: it has changes. Delete it with --force.`);
}

function describe(names: readonly string[]): string {
  const [only] = names;
  return names.length === 1 ? `workspace ${only}` : count(names.length, 'workspace');
}
