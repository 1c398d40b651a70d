/** `agentfs status`: what a workspace has changed, and how the project has moved meanwhile. */

import type { WorkspaceStatus } from '../../index.ts';
import { count } from '../human.ts';
import type { Style } from '../output.ts';
import { porcelain, statusLines } from '../status-lines.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface StatusFlags extends WorkspaceOption {
  readonly short?: boolean;
  readonly porcelain?: boolean;
  readonly z?: boolean;
  readonly ignored?: boolean;
  readonly refresh: boolean;
}

/** Shows the status of a workspace. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'))
      .option('--short', 'the changes only, a line each')
      .option('--porcelain', 'for programs: a format that never changes')
      .option('-z', 'end lines with NUL and quote nothing; implies --porcelain')
      .option('--ignored', 'also list what is not versioned')
      .option('--no-refresh', 'do not look whether the project has moved since it was last read');
    addExamples(
      command,
      ['agentfs status -w agent-1', 'what agent-1 has changed'],
      ['agentfs status -w agent-1 --porcelain -z', 'for scripts'],
    );
  },
  async run(call, command) {
    const flags = command.opts<StatusFlags>();
    const { output, globals } = call;
    const isPorcelain = flags.porcelain === true || flags.z === true;
    if (isPorcelain && flags.short === true) {
      throw new UsageError('--short contradicts --porcelain.', 'Leave one of them out.');
    }
    const workspace = await call.workspace(command.args[0], flags.workspace);
    const { ignored, refresh } = flags;
    const status = await workspace.status({ ignored, refresh, detectRenames: true });
    if (globals.json) await output.json({ workspace: workspace.name, ...status });
    else if (isPorcelain) await output.write(porcelain(status, flags.z === true));
    else if (flags.short === true) await output.print(...statusLines(status, output.style));
    else await output.print(...describe(workspace.name, status, output.style));
  },
};

function describe(name: string, status: WorkspaceStatus, style: Style): string[] {
  const { behind, conflicts } = status;
  const lines = statusLines(status, style);
  return [
    `Workspace ${style.bold(name)}`,
    ...(behind === 0
      ? []
      : [`The project has moved on: ${count(behind, 'change')} since the fork.`]),
    ...(conflicts.length === 0
      ? []
      : [
          `${count(conflicts.length, 'path')} changed on both sides (C); a commit would need --on-conflict.`,
        ]),
    ...(lines.length === 0 ? ['No changes.'] : lines),
  ];
}
