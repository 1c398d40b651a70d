/** `agentfs init`: makes the store of a project. */

import { isInitialised } from '../find-base.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Makes the store, or says that there is one. */
export const verb: Verb = {
  define(command) {
    command.option('--force', 'open an existing store anew; workspaces are kept');
    addExamples(
      command,
      ['agentfs init', 'look after the directory you are in'],
      ['agentfs init --base ~/projects/shop', 'look after another one'],
    );
  },
  async run(call, command) {
    const { force = false } = command.opts<{ force?: boolean }>();
    const base = call.ownBase;
    const existed = isInitialised(base);
    const afs = await call.open({ at: base, create: true });
    const workspaces = (await afs.workspace.list({ includeArchived: true })).length;
    if (call.globals.json) {
      await call.output.json({ base: afs.basePath, created: !existed, workspaces });
    } else if (existed && !force) {
      call.output.say(`agentfs looks after ${afs.basePath} already.`);
    } else call.output.say(`agentfs looks after ${afs.basePath} from now on.`);
  },
};
