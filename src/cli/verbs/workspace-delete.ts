/** `agentfs workspace delete`: deletes one workspace, or all that are unused. */

import type { Workspace } from '../../index.ts';
import type { Call } from '../call.ts';
import { confirm } from '../confirm.ts';
import { codeOf, requireAtMostOne, UsageError } from '../exit-status.ts';
import { YES } from '../options/parameters.ts';
import { span } from '../options/quantities.ts';
import type { Answer } from '../print/answer.ts';
import { count } from '../print/human.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface DeleteFlags {
  readonly yes?: true;
  readonly force?: true;
  readonly dryRun?: true;
  readonly olderThan?: number;
}

export const verb: Verb = defineVerb<DeleteFlags>({
  arguments: [['[name]', 'the workspace']],
  options: [
    YES,
    ['--force', 'even if it has changes that are not committed'],
    ['--dry-run', 'only show what would be deleted'],
    ['--older-than <span>', 'all unchanged for 30 (days), 12h, 2w', span('days')],
  ],
  examples: [
    ['agentfs workspace delete agent-1', 'refused if it has changes'],
    ['agentfs workspace delete agent-1 --force', 'with all its changes'],
    ['agentfs workspace delete --older-than 30d --dry-run', 'those unused for a month'],
  ],
  async run({ call, args: [name], flags }) {
    requireAtMostOne({ 'A name': name, '--older-than': flags.olderThan });
    if (name === undefined && flags.olderThan === undefined) {
      throw new UsageError(
        'Name a workspace, or give --older-than.',
        'List workspaces with agentfs workspace list.',
      );
    }
    const wanted = name === undefined ? await unused(call, flags) : [await call.workspace(name)];
    const names = wanted.map((workspace) => workspace.name);
    if (flags.dryRun === true || names.length === 0) {
      return { ...answer(names, [], true), lines: names };
    }
    await confirm(call, `Delete ${describe(names)}?`, flags.yes === true);
    const { deleted, kept, ignored } = await deleteAll(call, names, flags);
    for (const each of call.globals.json ? [] : kept) {
      call.output.complain(`Kept ${each}: it has changes. Delete it with --force.`);
    }
    const answered = answer(deleted, kept, false);
    if (ignored.length === 0) return answered;
    const lost = `Ignored content of its own went with it: ${ignored.map(oneLine).join(', ')}.`;
    return { ...answered, says: [answered.says ?? [], lost].flat() };
  },
});

async function unused(call: Call, { olderThan = 0 }: DeleteFlags): Promise<Workspace[]> {
  const latest = Date.now() - olderThan;
  const all = await (await call.open()).workspace.list({ includeArchived: true });
  return all.filter(({ updatedAt }) => updatedAt.getTime() <= latest);
}

/** Of many, those with changes are left alone; of one, that is an error. */
async function deleteAll(
  call: Call,
  names: readonly string[],
  { force, olderThan }: DeleteFlags,
): Promise<{ readonly deleted: string[]; readonly kept: string[]; readonly ignored: string[] }> {
  const afs = await call.open();
  const deleted: string[] = [];
  const kept: string[] = [];
  const ignored: string[] = [];
  for (const name of names) {
    try {
      const gone = await afs.workspace.delete(name, { force: force === true });
      // Of many, what they have built is of no interest.
      if (olderThan === undefined) ignored.push(...gone.ignored);
      deleted.push(name);
    } catch (error) {
      if (olderThan === undefined || codeOf(error) !== 'WORKSPACE_DIRTY') throw error;
      kept.push(name);
    }
  }
  return { deleted, kept, ignored };
}

function answer(deleted: readonly string[], kept: readonly string[], dryRun: boolean): Answer {
  const says = `${dryRun ? 'Would delete' : 'Deleted'} ${describe(deleted)}.`;
  return { json: { dryRun, deleted, kept }, says };
}

function describe(names: readonly string[]): string {
  const [only] = names;
  return names.length === 1 ? `workspace ${only}` : count(names.length, 'workspace');
}
