/** `agentfs snapshot create`: names the current state of a workspace. */

import { UsageError } from '../exit-status.ts';
import { LIST } from '../options/parameters.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface CreateFlags {
  readonly name?: string;
  readonly message?: string;
  readonly tag?: readonly string[];
}

export const verb: Verb = defineVerb<CreateFlags>({
  workspace: true,
  options: [
    ['-n, --name <name>', 'the name of the snapshot; required'],
    ['-m, --message <text>', 'a description'],
    ['--tag <tags>', 'tags, separated by commas; may be repeated', LIST],
  ],
  examples: [
    ['agentfs snapshot create agent-1 -n before-refactor', 'a point to go back to'],
    ['agentfs snapshot create -w agent-1 -n green -m "all tests pass" --tag ok', 'with details'],
  ],
  check({ name }) {
    if (name === undefined) throw new UsageError('A snapshot needs a name.', 'Give one with -n.');
  },
  async run({ workspace, flags: { name = '', message, tag } }) {
    const snapshot = await workspace.snapshot.create(name, { description: message, tags: tag });
    return { json: snapshot, says: `Created snapshot ${workspace.name}/${snapshot.name}.` };
  },
});
