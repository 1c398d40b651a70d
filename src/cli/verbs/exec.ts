/** `agentfs exec`: a command beside the one that is running in a workspace, as of `docker exec`. */

import { WORKSPACE } from '../options/parameters.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';
import { COMMAND_OPTIONS, type CommandFlags, runLine } from './run.ts';

/** Runs a command in the files of another one. */
export const verb: Verb = defineVerb<CommandFlags>({
  usage: '[options] [--] <command...>',
  arguments: [['<command...>', 'the program and its arguments']],
  passesThrough: true,
  options: [
    WORKSPACE,
    ...COMMAND_OPTIONS,
    ['--wait', 'wait until a command is running in the workspace'],
  ],
  examples: [
    ['agentfs exec -w agent-1 curl localhost:3000', 'ask the server that run has started'],
    ['agentfs exec -w agent-1 bash', 'look around where a command is running'],
  ],
  async run({ call, args: words, flags }) {
    return runLine(call, words, flags, { beside: true });
  },
});
