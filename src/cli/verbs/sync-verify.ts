/** `agentfs sync verify`: proves what is on the remote. */

import { EXIT } from '../exit-status.ts';
import { count } from '../humane.ts';
import { humanSize } from '../size.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

/** Fetches and checks everything that the remote's newest revision needs. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'));
    addExamples(command, ['agentfs sync verify agent-1', 'fetch all of it, and check every hash']);
  },
  async run(call, command) {
    const { workspace: option } = command.opts<WorkspaceOption>();
    const { name, sync } = await call.workspace(command.args[0], option);
    const verdict = await sync.verify({ signal: call.signal });
    if (!verdict.ok) call.exitStatus = EXIT.syncConflict;
    if (call.globals.json) return call.output.json({ workspace: name, ...verdict });
    const { objects, bytes, damaged } = verdict;
    await call.output.print(
      ...damaged.map(({ id, code, problem }) => `${id} ${code} ${oneLine(problem)}`),
    );
    const found = damaged.length === 0 ? 'all is well' : `${damaged.length} are missing or wrong`;
    call.output.say(`Checked ${count(objects, 'object')}, ${humanSize(bytes)}: ${found}.`);
  },
};
