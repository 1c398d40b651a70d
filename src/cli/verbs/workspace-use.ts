/** `agentfs workspace use`: which workspace commands use when they name none. */

import { requireAtMostOne } from '../exit-status.ts';
import { readUsed, writeUsed } from '../used-workspace.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Sets, shows or forgets the workspace of the project. */
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
