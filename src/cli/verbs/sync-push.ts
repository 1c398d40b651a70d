/** `agentfs sync push`: sends a workspace to its remote. */

import { printSync } from '../print-sync.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface PushFlags extends WorkspaceOption {
  readonly force?: boolean;
}

/** Pushes, after taking over what others have pushed. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w')).option(
      '--force',
      'whatever others have pushed; their state is kept as a revision',
    );
    addExamples(
      command,
      ['agentfs sync push agent-1', 'send what has changed'],
      ['agentfs sync push agent-1 --json', 'with what was sent, and what came in'],
    );
  },
  async run(call, command) {
    const { force, workspace: name } = command.opts<PushFlags>();
    const workspace = await call.workspace(command.args[0], name);
    const result = await workspace.sync.push({ force, signal: call.signal });
    await printSync(call, workspace.name, result);
  },
};
