/** `agentfs snapshot delete`: deletes a snapshot. */

import { confirm } from '../confirm.ts';
import { YES } from '../options/parameters.ts';
import { namedSnapshot, SNAPSHOT } from '../options/snapshot-arguments.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface DeleteFlags {
  readonly yes?: true;
  readonly dryRun?: true;
}

export const verb: Verb = defineVerb<DeleteFlags>({
  ...SNAPSHOT,
  options: [...SNAPSHOT.options, YES, ['--dry-run', 'only check that it exists']],
  examples: [['agentfs snapshot delete agent-1 green', 'agentfs gc then frees what only it used']],
  async run({ call, args, flags }) {
    const { workspace, name } = await namedSnapshot(call, args, flags);
    const snapshot = await workspace.snapshot.get(name);
    const reference = `${workspace.name}/${snapshot.name}`;
    const { dryRun = false, yes = false } = flags;
    if (!dryRun) {
      await confirm(call, `Delete snapshot ${reference}?`, yes);
      await workspace.snapshot.delete(snapshot.name);
    }
    const done = dryRun ? 'Would delete' : 'Deleted';
    return { json: { dryRun, deleted: [reference] }, says: `${done} snapshot ${reference}.` };
  },
});
