/** `agentfs config import`: takes over the settings of a file. */

import { Config } from '../../index.ts';
import { addFile, editableFile, type FileOption, requireAllowed } from '../config-file.ts';
import { count } from '../humane.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

/** Lays the settings of one file over those of another. */
export const verb: Verb = {
  define(command) {
    addFile(command.argument('<file>', 'the file to take settings from'));
    addExamples(
      command,
      ['agentfs config import agentfs.toml', 'over your settings; others stay'],
      ['agentfs config import team.toml --project', 'over those of the project'],
    );
  },
  async run(call, command) {
    const { output, globals } = call;
    const flags = command.opts<FileOption>();
    const [from = ''] = command.args;
    const imported = Config.load(from);
    const { config, path } = await editableFile(call, flags);
    const keys = Config.keys()
      .map(({ name }) => name)
      .filter((name) => imported.source(name) !== 'default');
    for (const key of keys) {
      if (flags.project === true) await requireAllowed(call, key, imported.get(key));
      config.set(key, imported.get(key));
    }
    for (const { message, source } of imported.validate()) {
      output.complain(`warning: ${oneLine(message)} (${source})`);
    }
    config.save(path);
    if (globals.json) return output.json({ file: path, imported: keys });
    output.say(`Took ${count(keys.length, 'setting')} over into ${path}.`);
  },
};
