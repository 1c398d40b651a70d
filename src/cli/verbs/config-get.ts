/** `agentfs config get`: the value of one setting. */

import { valueText } from '../config-value.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Prints the value in force. */
export const verb: Verb = {
  define(command) {
    command.argument('<key>', 'its name, in any spelling');
    addExamples(
      command,
      ['agentfs config get cache-size', 'the value in force, wherever it comes from'],
      ['agentfs config get sync.default_mode --json', 'with the place that it comes from'],
    );
  },
  async run(call, command) {
    const { output, globals } = call;
    const [key = ''] = command.args;
    const config = await call.config();
    const value = config.shown(key);
    const source = config.source(key);
    if (globals.json) return output.json({ key, value: value ?? null, source });
    if (value === undefined) output.say(`${key} is not set.`);
    else await output.printText(`${valueText(value)}\n`);
  },
};
