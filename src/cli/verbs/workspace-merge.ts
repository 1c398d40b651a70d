/** `agentfs workspace merge`: brings what one workspace has changed into another. */

import { Option } from 'commander';
import type { MergeOptions } from '../../index.ts';
import { printMerge } from '../print-merge.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Merges workspaces. */
export const verb: Verb = {
  define(command) {
    command
      .argument('<source>', 'whose changes')
      .argument('<target>', 'where they go')
      .addOption(
        new Option(
          '--strategy <name>',
          "on conflicts: manual stops, ours is the target's side, theirs the source's",
        ).choices(['manual', 'ours', 'theirs']),
      );
    addExamples(
      command,
      ['agentfs workspace merge agent-1 agent-2', 'agent-2 gets the work of agent-1'],
      ['agentfs undo -w agent-2', 'take it back'],
    );
  },
  async run(call, command) {
    const [source = '', target = ''] = command.args;
    const { strategy } = command.opts<MergeOptions>();
    const afs = await call.open();
    await printMerge(call, target, await afs.workspace.merge(source, target, { strategy }));
  },
};
