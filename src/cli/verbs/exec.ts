/** `agentfs exec`: runs a command beside the one that is running, like `docker exec`. */

import { WORKSPACE } from '../options/parameters.ts';
import { defineVerb, type Verb } from './define-verb.ts';
import { COMMAND_OPTIONS, type CommandFlags, runLine } from './run.ts';

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
