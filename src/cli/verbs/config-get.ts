/** `agentfs config get`: prints one setting as it is in force. */

import { valueText } from '../print/json-shapes.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  arguments: [['<key>', 'its name, in any spelling']],
  examples: [
    ['agentfs config get cache-size', 'the value in force, wherever it is set'],
    ['agentfs config get sync.default_mode --json', 'with its source'],
  ],
  async run({ call, args: [key = ''] }) {
    const config = await call.config();
    const value = config.shown(key);
    const json = { key, value: value ?? null, source: config.source(key) };
    if (value === undefined) return { json, says: `${key} is not set.` };
    return { json, lines: [valueText(value)] };
  },
});
