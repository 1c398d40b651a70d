/** `agentfs sync config`: changes how a workspace synchronises. */

import { addSyncOptions, type SyncFlags, syncConfigOf } from '../sync-options.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Changes settings of a sync. */
export const verb: Verb = {
  define(command) {
    addSyncOptions(addWorkspace(command.argument('[workspace]', 'the same as -w')));
    addExamples(
      command,
      ['agentfs sync config agent-1 --mode periodic --interval 5m', 'synchronise by itself'],
      ["agentfs sync config agent-1 --include 'src/**'", 'only a part of it'],
      ['agentfs sync config agent-1 --conflict-resolution merge', 'merge text line by line'],
    );
  },
  async run(call, command) {
    const flags = command.opts<SyncFlags & WorkspaceOption>();
    const config = syncConfigOf(flags);
    if (Object.values(config).every((value) => value === undefined)) {
      throw new UsageError('Nothing is to be changed.', 'See agentfs sync config --help.');
    }
    const workspace = await call.workspace(command.args[0], flags.workspace);
    await workspace.sync.config(config);
    if (call.globals.json) {
      return call.output.json({ workspace: workspace.name, ...(await workspace.sync.status()) });
    }
    call.output.say(`Changed how ${workspace.name} synchronises.`);
  },
};
