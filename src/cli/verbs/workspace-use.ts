/** `agentfs workspace use`: chooses, shows or forgets the default workspace of the project. */

import { requireAtMostOne } from '../exit-status.ts';
import { readUsed, writeUsed } from '../used-workspace.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<{ readonly none?: true }>({
  arguments: [['[name]', 'the workspace; without one, the name is shown']],
  options: [['--none', 'use none by default']],
  examples: [
    ['agentfs workspace use agent-1', 'from now on, no command needs -w agent-1'],
    ['agentfs workspace use', 'show which one it is'],
  ],
  async run({ call, args: [name], flags: { none } }) {
    requireAtMostOne({ 'A name': name, '--none': none });
    const afs = await call.open();
    const base = await call.base();
    if (name !== undefined) writeUsed(base, (await afs.workspace.get(name)).name);
    else if (none) writeUsed(base, undefined);
    const used = readUsed(base) ?? null;
    const json = { workspace: used };
    if (name !== undefined) return { json, says: `Now using workspace ${name}.` };
    return used === null ? { json, says: 'Not using any workspace.' } : { json, lines: [used] };
  },
});
