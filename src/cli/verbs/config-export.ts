/** `agentfs config export`: what a file sets, for another machine. */

import { stringify } from 'smol-toml';
import { addFile, editableFile, type FileOption } from '../config-file.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Prints the settings of a file, without secrets. */
export const verb: Verb = {
  define(command) {
    addFile(command);
    addExamples(
      command,
      ['agentfs config export > agentfs.toml', 'your settings; secrets stay here'],
      ['agentfs config export --project', 'those of the project'],
    );
  },
  async run(call, command) {
    const { output, globals } = call;
    const { config } = await editableFile(call, command.opts<FileOption>());
    const settings = config.toSettings();
    if (globals.json) await output.json(settings);
    else await output.printText(stringify(settings));
  },
};
