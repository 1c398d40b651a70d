/** `agentfs status`: shows what a workspace has changed, and how the project has moved. */

import type { WorkspaceStatus } from '../../index.ts';
import type { Call } from '../call.ts';
import { requireAtMostOne } from '../exit-status.ts';
import { PATHS_HELP } from '../options/parameters.ts';
import { selectionOf } from '../options/selected-paths.ts';
import { count } from '../print/human.ts';
import { porcelain, statusLines } from '../print/status-lines.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface StatusFlags {
  readonly short?: true;
  readonly porcelain?: true;
  readonly z?: true;
  readonly ignored?: true;
  readonly refresh: boolean;
}

export const verb: Verb = defineVerb<StatusFlags>({
  workspace: true,
  takesPaths: true,
  notes: PATHS_HELP,
  options: [
    ['--short', 'only the changes, a line each'],
    ['--porcelain', 'a format for programs that never changes'],
    ['-z', 'end lines with NUL and quote nothing; implies --porcelain'],
    ['--ignored', 'also list ignored paths'],
    ['--no-refresh', 'do not check whether the project has changed'],
  ],
  examples: [
    ['agentfs status -w agent-1', 'what agent-1 has changed'],
    ['agentfs status -w agent-1 -- src', 'below src alone'],
    ['agentfs status -w agent-1 --porcelain -z', 'for scripts'],
  ],
  check({ short, porcelain: isPorcelain, z }) {
    requireAtMostOne({ '--short': short, '--porcelain': isPorcelain ?? z });
  },
  async run({ call, workspace, paths, flags }) {
    const { output } = call;
    const { short, z, ignored, refresh } = flags;
    const isPorcelain = flags.porcelain ?? z;
    const { include } = await selectionOf(call, {}, paths);
    const status = await workspace.status({ ignored, refresh, include, detectRenames: true });
    const json = { workspace: workspace.name, ...status };
    if (isPorcelain === undefined) {
      const lines = short
        ? statusLines(status, output.style)
        : describe(call, workspace.name, status);
      return { json, lines };
    }
    return { json, text: porcelain(status, z === true) };
  },
});

function describe(
  { inWorkspace, output: { style } }: Call,
  name: string,
  status: WorkspaceStatus,
): string[] {
  const { behind, conflicts } = status;
  const lines = statusLines(status, style);
  return [
    `Workspace ${style.bold(name)}`,
    ...(behind === 0 ? [] : [`The project has ${count(behind, 'change')} since the fork.`]),
    ...(conflicts.length === 0
      ? []
      : [
          `${count(conflicts.length, 'path')} changed on both sides (C): settle it with agentfs rebase${inWorkspace}, or commit with --on-conflict.`,
        ]),
    ...(lines.length === 0 ? ['No changes.'] : lines),
  ];
}
