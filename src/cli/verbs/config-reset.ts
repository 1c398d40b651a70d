/** `agentfs config reset`: puts settings back to what they are by default. */

import { Config } from '../../index.ts';
import { addFile, editableFile, type FileOption } from '../config-file.ts';
import { confirm } from '../confirm.ts';
import { count } from '../human.ts';
import { addExamples, type Verb } from '../verb.ts';

interface ResetFlags extends FileOption {
  readonly yes?: boolean;
}

/** Takes settings out of a file. */
export const verb: Verb = {
  define(command) {
    addFile(command.argument('[keys...]', 'which ones; all of them if none is named')).option(
      '-y, --yes',
      'do not ask',
    );
    addExamples(
      command,
      ['agentfs config reset cache-size', 'one setting of your file'],
      ['agentfs config reset --project --yes', 'all settings of the project'],
    );
  },
  async run(call, command) {
    const { output, globals } = call;
    const { yes = false, ...flags } = command.opts<ResetFlags>();
    const { config, path } = await editableFile(call, flags);
    const all = Config.keys().map(({ name }) => name);
    const named = command.args.length > 0 ? command.args : all;
    const keys = named.filter((key) => config.source(key) !== 'default');
    if (keys.length > 0) {
      await confirm(call, `Reset ${count(keys.length, 'setting')} of ${path}?`, yes);
      for (const key of keys) config.set(key, undefined);
      config.save(path);
    }
    if (globals.json) return output.json({ file: path, reset: keys });
    output.say(`Reset ${count(keys.length, 'setting')} of ${path}.`);
  },
};
