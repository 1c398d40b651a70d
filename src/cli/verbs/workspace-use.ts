/** `agentfs workspace use`: which workspace commands are about when they name none. */

import { UsageError } from '../usage-error.ts';
import { readUsed, writeUsed } from '../used-workspace.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Sets, shows or forgets the workspace of the project. */
export const verb: Verb = {
  define(command) {
    command
      .argument('[name]', 'the workspace; without one, the name is shown')
      .option('--none', 'name one in every command again');
    addExamples(
      command,
      ['agentfs workspace use agent-1', 'from now on, agentfs status is about agent-1'],
      ['agentfs workspace use', 'which one it is'],
    );
  },
  async run(call, command) {
    const [name] = command.args;
    const { none = false } = command.opts<{ none?: boolean }>();
    if (none && name !== undefined) throw new UsageError('--none contradicts a name.');
    const afs = await call.open();
    const base = await call.base();
    if (name !== undefined) writeUsed(base, (await afs.workspace.get(name)).name);
    else if (none) writeUsed(base, undefined);
    const used = readUsed(base) ?? null;
    if (call.globals.json) await call.output.json({ workspace: used });
    else if (name !== undefined) call.output.say(`Commands are about ${name} from now on.`);
    else if (used !== null) await call.output.print(used);
    else call.output.say('No workspace is in use; name one with -w.');
  },
};
