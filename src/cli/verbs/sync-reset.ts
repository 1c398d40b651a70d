/** `agentfs sync reset`: forgets how far a workspace and its remote had come. */

import { confirm } from '../confirm.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface ResetFlags extends WorkspaceOption {
  readonly yes?: boolean;
}

/** Lets the next pull compare the two anew; neither side loses anything. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w')).option(
      '-y, --yes',
      'do not ask',
    );
    addExamples(command, [
      'agentfs sync reset agent-1',
      'after the remote was replaced: begin anew with both sides',
    ]);
  },
  async run(call, command) {
    const { workspace: option, yes = false } = command.opts<ResetFlags>();
    const { name, sync } = await call.workspace(command.args[0], option);
    await confirm(call, `Forget how far ${name} and its remote had come?`, yes);
    await sync.reset();
    if (call.globals.json) return call.output.json({ workspace: name, ...(await sync.status()) });
    call.output.say(`The next pull compares ${name} and its remote anew.`);
  },
};
