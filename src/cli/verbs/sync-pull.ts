/** `agentfs sync pull`: takes over what others have pushed. */

import { printSync } from '../print-sync.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface PullFlags extends WorkspaceOption {
  readonly force?: boolean;
  readonly at?: string;
  readonly version?: string;
}

/** Pulls, and merges with what was changed here. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'))
      .option('--force', 'whatever was changed here; undo takes it back')
      .option('--at <time>', 'what was there at a time, in ISO 8601')
      .option('--version <snapshot>', 'what a snapshot of this name holds');
    addExamples(
      command,
      ['agentfs sync pull agent-1', 'get what others have pushed'],
      ['agentfs sync pull agent-1 --at 2027-01-31T12:00:00Z --force', 'go back to a time'],
      ['agentfs sync pull agent-1 --version tested', 'go to a snapshot'],
    );
  },
  async run(call, command) {
    const { force, at, version, workspace: name } = command.opts<PullFlags>();
    if (at !== undefined && version !== undefined) {
      throw new UsageError('--at contradicts --version.', 'Give one of them.');
    }
    const workspace = await call.workspace(command.args[0], name);
    const result = await workspace.sync.pull({ force, at, version, signal: call.signal });
    await printSync(call, workspace.name, result);
  },
};
