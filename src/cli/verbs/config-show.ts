/** `agentfs config show`: the configuration in force, as a file would hold it. */

import { stringify } from 'smol-toml';
import { addExamples, type Verb } from '../verb.ts';

/** Prints all values, defaults included, without secrets. */
export const verb: Verb = {
  define(command) {
    addExamples(
      command,
      ['agentfs config show', 'all values, defaults included, as TOML'],
      ['agentfs config show --profile ci', 'as they are with a profile'],
    );
  },
  async run(call) {
    const { output, globals } = call;
    const values = (await call.config()).toJSON();
    if (globals.json) await output.json(values);
    else await output.printText(stringify(values));
  },
};
