/** `agentfs config export`: prints the settings of a file, without secrets, for another machine. */

import { stringify } from 'smol-toml';
import { editableFile, type FileOption, PROJECT } from '../options/config-file.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<FileOption>({
  options: [PROJECT],
  examples: [
    ['agentfs config export > agentfs.toml', 'your settings, without secrets'],
    ['agentfs config export --project', "the project's settings"],
  ],
  async run({ call, flags }) {
    const settings = (await editableFile(call, flags)).config.toSettings();
    return { json: settings, text: stringify(settings) };
  },
});
