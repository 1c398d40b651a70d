/** `agentfs snapshot diff`: what changed from one snapshot of a workspace to another. */

import { EXIT } from '../exit-status.ts';
import { printDiff } from '../print-diff.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface DiffFlags extends WorkspaceOption {
  readonly stat?: boolean;
  readonly nameOnly?: boolean;
  readonly exitCode?: boolean;
}

/** Compares two snapshots. */
export const verb: Verb = {
  define(command) {
    command.usage('[options] <workspace> <before> <after>');
    addWorkspace(command.argument('<names...>', 'or -w and the two snapshots'))
      .option('--stat', 'a line for each file, and the totals')
      .option('--name-only', 'the paths only')
      .option('--exit-code', 'end with 1 when there is a difference');
    addExamples(command, ['agentfs snapshot diff agent-1 before after', 'as a patch']);
  },
  async run(call, command) {
    const { stat, nameOnly, exitCode, workspace: option } = command.opts<DiffFlags>();
    const names = command.args.length === 3 ? command.args : [undefined, ...command.args];
    const [owner, before, after, ...more] = names;
    if (before === undefined || after === undefined || more.length > 0) {
      throw new UsageError(
        'A workspace and two snapshots are needed.',
        `See ${usage(command.name())}.`,
      );
    }
    if (stat === true && nameOnly === true) throw new UsageError('--stat contradicts --name-only.');
    const workspace = await call.workspace(owner, option);
    const diff = await workspace.snapshot.diff(before, after, { stat, nameOnly });
    await printDiff(call, diff, { stat: stat === true || nameOnly === true });
    if (exitCode === true && diff.changes.length > 0) call.exitStatus = EXIT.failure;
  },
};

function usage(name: string): string {
  return `agentfs snapshot ${name} --help`;
}
