/** `agentfs snapshot restore`: restores a workspace to a snapshot. */

import type { Workspace } from '../../index.ts';
import type { Call } from '../call.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { UsageError } from '../exit-status.ts';
import { PATHS_HELP } from '../options/parameters.ts';
import { selectionOf } from '../options/selected-paths.ts';
import { namedSnapshot, SNAPSHOT } from '../options/snapshot-arguments.ts';
import { changeLines } from '../print/change-lines.ts';
import { dryRunAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface RestoreFlags {
  readonly force?: true;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly backup?: string | true;
}

export const verb: Verb = defineVerb<RestoreFlags>({
  ...SNAPSHOT,
  takesPaths: true,
  notes: PATHS_HELP,
  options: [
    ...SNAPSHOT.options,
    ['--force', 'even if the current state is in no snapshot'],
    ['-y, --yes', 'the same as --force'],
    ['--backup [name]', 'take a snapshot of the current state first'],
    ['--dry-run', 'only show what would change'],
  ],
  examples: [
    ['agentfs snapshot restore agent-1 green --backup', 'go back, and keep the current state'],
    ['agentfs snapshot restore agent-1 green --dry-run', 'see what would change'],
    ['agentfs snapshot restore agent-1 green -- src', 'only what is below src'],
    ['agentfs undo -w agent-1', 'undo the restore'],
  ],
  async run({ call, args, paths, flags }) {
    const { force, yes, dryRun, backup } = flags;
    const { workspace, name } = await namedSnapshot(call, args, flags);
    const afs = await call.open();
    const reference = `${workspace.name}/${name}`;
    const { include } = await selectionOf(call, {}, paths);
    const what = { against: workspace.name, nameOnly: true, include };
    const { changes } = await afs.diff(reference, what);
    if (dryRun === true) return dryRunAnswer(call, changes, { snapshot: name }, 'make');
    const isSafe = force === true || yes === true || backup !== undefined || changes.length === 0;
    if (!isSafe) await requireSnapshot(call, workspace, name);
    const result = await workspace.snapshot.restore(name, { backup, include });
    const kept = result.backup;
    return {
      json: { ...result, backup: kept ?? null, changes },
      lines: changeLines(changes, call.output.style),
      says: [
        `Restored ${workspace.name} to ${name}.`,
        ...(kept === undefined ? [] : [`Saved the previous state as ${workspace.name}/${kept}.`]),
      ],
    };
  },
});

/** Asks before a state is given up that no snapshot holds, or refuses. */
async function requireSnapshot(call: Call, workspace: Workspace, name: string): Promise<void> {
  if ((await workspace.snapshot.current()) !== undefined) return;
  const problem = `The current state of ${workspace.name} is in no snapshot.`;
  if (isInteractive()) return confirm(call, `${problem} Restore ${name} anyway?`, false);
  throw new UsageError(
    problem,
    'Save it with --backup, or restore anyway with --force.',
    'NOT_CONFIRMED',
  );
}
