/** `agentfs config reset`: removes settings from a file, so that defaults apply. */

import { Config } from '../../index.ts';
import { confirm } from '../confirm.ts';
import { editFile, type FileOption, PROJECT } from '../options/config-file.ts';
import { YES } from '../options/parameters.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ResetFlags extends FileOption {
  readonly yes?: true;
}

export const verb: Verb = defineVerb<ResetFlags>({
  arguments: [['[keys...]', 'the settings to reset; default all']],
  options: [PROJECT, YES],
  examples: [
    ['agentfs config reset cache-size', 'one of your settings'],
    ['agentfs config reset --project --yes', 'all settings of the project'],
  ],
  async run({ call, args, flags }) {
    return editFile(call, flags, async ({ config, path }) => {
      const named = args.length > 0 ? args : Config.keys().map(({ name }) => name);
      const keys = named.filter((key) => config.source(key) !== 'default');
      const settings = `${count(keys.length, 'setting')} in ${path}`;
      if (keys.length > 0) {
        await confirm(call, `Reset ${settings}?`, flags.yes === true);
        for (const key of keys) config.set(key, undefined);
        config.save(path);
      }
      return { json: { file: path, reset: keys }, says: `Reset ${settings}.` };
    });
  },
});
