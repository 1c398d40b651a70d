/** `agentfs snapshot diff`: compares two snapshots of a workspace. */

import { EXIT, requireAtMostOne, UsageError } from '../exit-status.ts';
import { WORKSPACE } from '../options/parameters.ts';
import { printDiff } from '../print/print-diff.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface DiffFlags {
  readonly stat?: true;
  readonly nameOnly?: true;
  readonly exitCode?: true;
}

export const verb: Verb = defineVerb<DiffFlags>({
  usage: '[options] <workspace> <before> <after>',
  arguments: [['<names...>', 'also -w and the two snapshots']],
  options: [
    WORKSPACE,
    ['--stat', 'a line per file, and the totals'],
    ['--name-only', 'only the paths'],
    ['--exit-code', 'exit with 1 if there are differences'],
  ],
  examples: [['agentfs snapshot diff agent-1 before after', 'as a patch']],
  async run({ call, args, flags }) {
    const { stat, nameOnly, exitCode } = flags;
    const [owner, before, after, ...more] = args.length === 3 ? args : [undefined, ...args];
    if (before === undefined || after === undefined || more.length > 0) {
      throw new UsageError(
        'Name one workspace and two snapshots.',
        'See agentfs snapshot diff --help.',
      );
    }
    requireAtMostOne({ '--stat': stat, '--name-only': nameOnly });
    const workspace = await call.workspace(owner, flags.workspace);
    const diff = await workspace.snapshot.diff(before, after, { stat, nameOnly });
    await printDiff(call, diff, { stat: stat === true || nameOnly === true });
    if (exitCode === true && diff.changes.length > 0) call.exitStatus = EXIT.failure;
  },
});
