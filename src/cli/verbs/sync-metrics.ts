/** `agentfs sync metrics`: what the syncs of a workspace have cost and brought. */

import { humanSize } from '../size.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Prints the counters. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'));
    addExamples(command, ['agentfs sync metrics agent-1', 'how much, how often, how fast']);
  },
  async run(call, command) {
    const { workspace: option } = command.opts<WorkspaceOption>();
    const { name, sync } = await call.workspace(command.args[0], option);
    const metrics = await sync.metrics();
    if (call.globals.json) return call.output.json({ workspace: name, ...metrics });
    await call.output.print(
      `Operations:         ${metrics.operations} (${metrics.failures} failed)`,
      `Data synced:        ${humanSize(metrics.bytes)} (${metrics.objects} objects)`,
      `Average latency:    ${Math.round(metrics.meanLatencyMs)} ms`,
      `Conflicts resolved: ${metrics.conflictsResolved}`,
    );
  },
};
