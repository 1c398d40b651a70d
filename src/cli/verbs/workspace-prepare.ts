/** `agentfs workspace prepare`: writes the files of a workspace out before a command needs them. */

import { constants, setPriority } from 'node:os';
import { defineVerb, type Verb } from './define-verb.ts';

interface PrepareFlags {
  readonly givesWay?: true;
}

export const verb: Verb = defineVerb<PrepareFlags>({
  workspace: 'named',
  options: [
    ['--gives-way', 'at low priority, until a command needs the files and goes on with them'],
  ],
  examples: [['agentfs workspace prepare agent-1', 'its first command then starts at once']],
  async run({ call, workspace: { name }, flags: { givesWay = false } }) {
    if (givesWay) setPriority(constants.priority.PRIORITY_LOW);
    const afs = await call.open();
    await afs.workspace.prepare(name, { givesWay, signal: call.signal });
    return { json: { workspace: name }, says: `The files of workspace ${name} are written out.` };
  },
});
