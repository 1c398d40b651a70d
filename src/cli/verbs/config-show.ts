/** `agentfs config show`: prints the settings in force as a file, defaults included, without secrets. */

import { stringify } from 'smol-toml';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  examples: [
    ['agentfs config show', 'all values, defaults included'],
    ['agentfs config show --profile ci', 'with a profile'],
  ],
  async run({ call }) {
    const values = (await call.config()).toJSON();
    return { json: values, text: stringify(values) };
  },
});
