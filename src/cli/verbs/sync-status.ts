/** `agentfs sync status`: how far a workspace and its remote have come. */

import { humanAge } from '../humane.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Prints the status; asks no remote. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'));
    addExamples(command, [
      'agentfs sync status agent-1',
      'what is to be pushed, and whether it can',
    ]);
  },
  async run(call, command) {
    const { workspace: option } = command.opts<WorkspaceOption>();
    const { name, sync } = await call.workspace(command.args[0], option);
    const status = await sync.status();
    if (call.globals.json) return call.output.json({ workspace: name, ...status });
    const { mode, state, lastSync, pendingChanges, pendingConflicts, lastError } = status;
    await call.output.print(
      `Workspace:         ${name}`,
      `Remote:            ${status.remoteUrl ?? 'none'}`,
      `Mode:              ${mode}`,
      `Last sync:         ${lastSync === null ? 'never' : humanAge(lastSync)}`,
      `Pending changes:   ${pendingChanges}`,
      `Pending conflicts: ${pendingConflicts}`,
      `Sync status:       ${state}${lastError === null ? '' : ` (${oneLine(lastError)})`}`,
    );
  },
};
