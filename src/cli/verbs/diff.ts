/** `agentfs diff`: what is different in a workspace, or between any two states. */

import type { DiffResult } from '../../index.ts';
import type { Call } from '../call.ts';
import { EXIT } from '../exit-status.ts';
import { parseCount } from '../human.ts';
import { printDiff } from '../print-diff.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, collect, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface DiffFlags extends WorkspaceOption {
  readonly stat?: boolean;
  readonly nameOnly?: boolean;
  readonly exitCode?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly unified?: string;
  readonly renames: boolean;
}

/** Shows a difference. */
export const verb: Verb = {
  define(command) {
    command
      .argument('[source]', 'base, a workspace, workspace/snapshot, or a commit')
      .argument('[target]', 'what it is compared with; else where the source has come from');
    addWorkspace(command)
      .option('--stat', 'a line for each file, and the totals')
      .option('--name-only', 'the paths only')
      .option('--exit-code', 'end with 1 when there is a difference')
      .option('--include <glob>', 'only such paths; may be repeated', collect)
      .option('--exclude <glob>', 'leave such paths out; may be repeated', collect)
      .option('-U, --unified <lines>', 'unchanged lines around a change; default 3')
      .option('--no-renames', 'show a rename as a deletion and an addition');
    addExamples(
      command,
      ['agentfs diff -w agent-1', 'what agent-1 has changed since its fork'],
      ['agentfs diff base agent-1', 'the project as it is now, and agent-1'],
      ['agentfs diff agent-1/before agent-1/after --stat', 'two snapshots'],
      ['agentfs diff agent-1 | git apply', 'take the changes somewhere else'],
    );
  },
  async run(call, command) {
    const flags = command.opts<DiffFlags>();
    const { stat, nameOnly } = flags;
    if (stat === true && nameOnly === true) {
      throw new UsageError('--stat contradicts --name-only.', 'Leave one of them out.');
    }
    const diff = await compare(call, command.args, flags);
    await printDiff(call, diff, { stat: stat === true || nameOnly === true });
    if (flags.exitCode === true && diff.changes.length > 0) call.exitStatus = EXIT.failure;
  },
};

async function compare(
  call: Call,
  [source, target]: readonly string[],
  flags: DiffFlags,
): Promise<DiffResult> {
  const { stat, nameOnly, include, exclude, unified, renames } = flags;
  const context = unified === undefined ? undefined : parseCount(unified, '--unified');
  const options = { stat, nameOnly, include, exclude, context, detectRenames: renames };
  const afs = await call.open();
  if (target !== undefined && source !== undefined) {
    if (flags.workspace !== undefined) {
      throw new UsageError('-w contradicts two things to compare.', 'Leave -w out.');
    }
    return afs.diff(target, { ...options, against: source });
  }
  if (flags.workspace !== undefined && source !== undefined) {
    return (await call.workspace(flags.workspace)).diff({ ...options, against: source });
  }
  return afs.diff(source ?? (await call.workspaceName(flags.workspace)), options);
}
