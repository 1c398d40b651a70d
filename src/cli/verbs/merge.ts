/** `agentfs merge`: merges workspaces, or says which can be committed together. */

import type { MergeCheck } from '../../index.ts';
import { EXIT, UsageError } from '../exit-status.ts';
import {
  conflictRows,
  conflictsOf,
  DRY_RUN,
  type WorkspaceConflictFlags,
} from '../options/conflict-options.ts';
import type { Answer } from '../print/answer.ts';
import { mergeAnswer } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface MergeFlags extends WorkspaceConflictFlags {
  readonly check?: true;
}

export const verb: Verb = defineVerb<MergeFlags>({
  arguments: [['<workspaces...>', 'the source and the target; with --check two or more']],
  options: [
    ['--check', 'say which contradict each other, and in which order all can be committed'],
    ...conflictRows(
      'ours takes the target, theirs the source, markers puts both into the file',
      'markers',
    ),
    DRY_RUN,
  ],
  examples: [
    ['agentfs merge --check agent-1 agent-2 agent-3', 'before committing any of them'],
    ['agentfs merge agent-1 agent-2', 'agent-2 gets the work of agent-1'],
  ],
  async run({ call, args, flags: { check, ...flags } }) {
    const [source = '', target = ''] = args;
    if (args.length < 2 || (check !== true && args.length > 2)) {
      throw new UsageError(
        'A merge takes two workspaces; only --check takes more.',
        'Name the one with the changes, then the one to bring them into: agentfs merge agent-1 agent-2.',
      );
    }
    const { workspace } = await call.open();
    if (check === true) return checkAnswer(await workspace.checkMerge(args, call.signal));
    const { dryRun } = flags;
    const options = { ...(await conflictsOf(call, flags)), dryRun };
    const result = await workspace.merge(source, target, options);
    return mergeAnswer(
      call,
      { workspace: target, dryRun },
      result,
      `Merged ${source} into ${target}: %.`,
    );
  },
});

function checkAnswer(check: MergeCheck): Answer {
  const { clashes, order, left } = check;
  const paths = (conflicts: readonly { readonly path: string }[]): string =>
    [...new Set(conflicts.map(({ path }) => path))].join(', ');
  return {
    json: check,
    lines: [
      ...clashes.map(
        ({ first, second, conflicts }) => `clash\t${first}\t${second}\t${paths(conflicts)}`,
      ),
      ...order.map((name, index) => `land\t${index + 1}\t${name}`),
      ...left.map(({ workspace, conflicts }) => `left\t${workspace}\t${paths(conflicts)}`),
    ],
    says:
      left.length === 0
        ? 'All can be committed, in this order.'
        : `Once those have been committed, ${left.length} cannot be.`,
    ...(left.length > 0 && { status: EXIT.failure }),
  };
}
