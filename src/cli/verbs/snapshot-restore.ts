/** `agentfs snapshot restore`: makes a workspace what it was when a snapshot was taken. */

import { changeLines } from '../change-lines.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { count } from '../human.ts';
import { snapshotArguments } from '../snapshot-arguments.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';

interface RestoreFlags {
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly backup?: string | true;
}

/** Restores a snapshot. */
export const verb: Verb = {
  define(command) {
    snapshotArguments
      .define(command)
      .option('--force', 'also when the state now is in no snapshot')
      .option('-y, --yes', 'the same as --force')
      .option('--backup [name]', 'take a snapshot of the state now first')
      .option('--dry-run', 'only show what would change');
    addExamples(
      command,
      ['agentfs snapshot restore agent-1 green --backup', 'go back, and keep what is there now'],
      ['agentfs snapshot restore agent-1 green --dry-run', 'look first'],
      ['agentfs undo -w agent-1', 'take the restore back'],
    );
  },
  async run(call, command) {
    const { force, yes, dryRun, backup } = command.opts<RestoreFlags>();
    const { workspace, name } = await snapshotArguments.read(call, command);
    const { output, globals } = call;
    const afs = await call.open();
    const reference = `${workspace.name}/${name}`;
    const { changes } = await afs.diff(reference, { against: workspace.name, nameOnly: true });
    if (dryRun === true) {
      if (globals.json) return output.json({ snapshot: name, dryRun: true, changes });
      await output.print(...changeLines(changes, output.style));
      return output.say(`${count(changes.length, 'change')} would be made.`);
    }
    const isSafe = force === true || yes === true || backup !== undefined || changes.length === 0;
    if (!isSafe && (await workspace.snapshot.current()) === undefined) {
      if (!isInteractive()) {
        throw new UsageError(
          `What ${workspace.name} is now is in no snapshot.`,
          'Keep it with --backup, or go back all the same with --force.',
          'NOT_CONFIRMED',
        );
      }
      await confirm(
        call,
        `What ${workspace.name} is now is in no snapshot. Go back to ${name}?`,
        false,
      );
    }
    const result = await workspace.snapshot.restore(name, backup === undefined ? {} : { backup });
    if (globals.json) return output.json({ ...result, backup: result.backup ?? null, changes });
    await output.print(...changeLines(changes, output.style));
    output.say(`${workspace.name} is at ${name} again.`);
    if (result.backup !== undefined)
      output.say(`Before, it was ${workspace.name}/${result.backup}.`);
  },
};
