/** `agentfs snapshot delete`: forgets a snapshot. */

import { confirm } from '../confirm.ts';
import { snapshotArguments } from '../snapshot-arguments.ts';
import { addExamples, type Verb } from '../verb.ts';

interface DeleteFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Deletes a snapshot. */
export const verb: Verb = {
  define(command) {
    snapshotArguments
      .define(command)
      .option('-y, --yes', 'do not ask')
      .option('--dry-run', 'only check that it is there');
    addExamples(command, [
      'agentfs snapshot delete agent-1 green',
      'gc frees what only this snapshot holds',
    ]);
  },
  async run(call, command) {
    const { yes = false, dryRun = false } = command.opts<DeleteFlags>();
    const { workspace, name } = await snapshotArguments.read(call, command);
    const snapshot = await workspace.snapshot.get(name);
    const reference = `${workspace.name}/${snapshot.name}`;
    if (!dryRun) {
      await confirm(call, `Delete snapshot ${reference}?`, yes);
      await workspace.snapshot.delete(snapshot.name);
    }
    if (call.globals.json) await call.output.json({ dryRun, deleted: [reference] });
    else call.output.say(`${dryRun ? 'Would delete' : 'Deleted'} snapshot ${reference}.`);
  },
};
