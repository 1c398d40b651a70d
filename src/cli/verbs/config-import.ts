/** `agentfs config import`: copies the settings of one file into another. */

import { Config } from '../../index.ts';
import { editFile, type FileOption, PROJECT, requireAllowed } from '../options/config-file.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<FileOption>({
  arguments: [['<file>', 'the file to copy settings from']],
  options: [PROJECT],
  examples: [
    ['agentfs config import agentfs.toml', 'into your settings; others stay'],
    ['agentfs config import team.toml --project', "into the project's settings"],
  ],
  async run({ call, args: [from = ''], flags }) {
    const imported = Config.load(from);
    return editFile(call, flags, async ({ config, path }) => {
      const keys = Config.keys()
        .map(({ name }) => name)
        .filter((name) => imported.source(name) !== 'default');
      for (const key of keys) {
        if (flags.project === true) await requireAllowed(call, key, imported.get(key));
        config.set(key, imported.get(key));
      }
      for (const { message, source } of imported.validate()) {
        call.output.complain(`warning: ${message} (${source})`);
      }
      config.save(path);
      return {
        json: { file: path, imported: keys },
        says: `Imported ${count(keys.length, 'setting')} into ${path}.`,
      };
    });
  },
});
