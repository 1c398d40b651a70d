/** `agentfs config show`: the configuration in force, as a file would hold it. */

import { stringify } from 'smol-toml';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Prints all values, defaults included, without secrets. */
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
