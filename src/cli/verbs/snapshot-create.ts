/** `agentfs snapshot create`: names the state of a workspace. */

import { Option } from 'commander';
import { UsageError } from '../usage-error.ts';
import { addExamples, collectList, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface CreateFlags extends WorkspaceOption {
  readonly name?: string;
  readonly message?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly tags?: readonly string[];
}

/** Takes a snapshot. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w'))
      .option('-n, --name <name>', 'its name; required')
      .option('-m, --message <text>', 'what the state is')
      .addOption(new Option('--description <text>').hideHelp())
      .option('--tag <tags>', 'tags, separated by commas; may be repeated', collectList)
      .addOption(new Option('--tags <tags>').argParser(collectList).hideHelp());
    addExamples(
      command,
      ['agentfs snapshot create agent-1 -n before-refactor', 'a point to come back to'],
      ['agentfs snapshot create -w agent-1 -n green -m "all tests pass" --tag ok', 'say more'],
    );
  },
  async run(call, command) {
    const flags = command.opts<CreateFlags>();
    const { name, tag, tags } = flags;
    if (name === undefined) throw new UsageError('A snapshot needs a name.', 'Give one with -n.');
    const description = flags.message ?? flags.description;
    const workspace = await call.workspace(command.args[0], flags.workspace);
    const snapshot = await workspace.snapshot.create(name, { description, tags: tag ?? tags });
    if (call.globals.json) await call.output.json(snapshot);
    else call.output.say(`Created snapshot ${workspace.name}/${snapshot.name}.`);
  },
};
