/** `agentfs config set`: sets settings in a file. */

import { Config } from '../../index.ts';
import type { Call } from '../call.ts';
import {
  addFile,
  type EditableFile,
  editableFile,
  type FileOption,
  requireAllowed,
} from '../config-file.ts';
import { valueText } from '../config-value.ts';
import { readInput } from '../read-input.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';

type Pair = readonly [key: string, text: string];

/** Sets one setting, or several in the form of options. */
export const verb: Verb = {
  define(command) {
    addFile(command.argument('[key]', 'its name').argument('[value]', 'its value, - for the input'))
      .usage('[options] <key> <value>')
      // `--cache-size 100MB`, as documents of other versions have it.
      .allowUnknownOption()
      .allowExcessArguments();
    addExamples(
      command,
      ['agentfs config set cache-size 100MB', 'in your own file'],
      ['agentfs config set ignore.patterns "*.log,tmp/" --project', 'in the file of the project'],
      ['agentfs config set sync.turso.token env:MY_TOKEN', 'names the variable, not the secret'],
      [
        'agentfs config set sync.turso.token - < token.txt',
        'keeps it out of the list of processes',
      ],
    );
  },
  async run(call, command) {
    const { output, globals } = call;
    const pairs = pairsOf(command.args);
    const file = await editableFile(call, command.opts<FileOption>());
    const keys: string[] = [];
    for (const [key, text] of pairs) keys.push(await setOne(call, file, key, text));
    file.config.save(file.path);
    const set = Object.fromEntries(keys.map((key) => [key, file.config.shown(key)]));
    if (globals.json) return output.json({ file: file.path, set });
    for (const key of keys) {
      output.say(`${key} = ${valueText(file.config.shown(key))} in ${file.path}`);
    }
    await tellOfOverrides(call, file, keys);
  },
};

/** `key value`, or `--key value` and `--key=value` any number of times. */
function pairsOf(args: readonly string[]): readonly Pair[] {
  const [first, second, third] = args;
  if (first === undefined) throw new UsageError('Nothing is to be set.', 'Name a key and a value.');
  if (first.startsWith('--')) return optionPairs(args);
  if (third === undefined) return [[first, requireValue(first, second)]];
  throw new UsageError(`There is more than one value for ${first}.`, 'Put it in quotes.');
}

function optionPairs(args: readonly string[]): readonly Pair[] {
  const pairs: Pair[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, key, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (key === undefined) throw new UsageError(`'${arg}' is no --key.`, 'Write --key value.');
    pairs.push([key, value ?? requireValue(key, rest.shift())]);
  }
  return pairs;
}

function requireValue(key: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new UsageError(`${key} needs a value.`, `Type agentfs config set ${key} <value>.`);
}

/** Sets one key, and returns its full name. */
async function setOne(call: Call, file: EditableFile, key: string, text: string): Promise<string> {
  const { config, isProject } = file;
  const name = config.fullName(key);
  const isSecret = Config.keys().some((each) => each.name === name && each.secret);
  const isTyped = text !== '-';
  config.setText(name, isTyped ? text : (await readInput(call)).trim());
  if (isSecret && isTyped && config.shown(name) !== config.get(name)) {
    call.output.complain(
      `warning: Other users could see ${name} in the list of processes; replace it, and type - or env:NAME.`,
    );
  }
  if (isProject) await requireAllowed(call, name, config.get(name));
  return name;
}

/** A setting that something stronger sets otherwise has no effect, which is better told than found. */
async function tellOfOverrides(
  call: Call,
  { config, path }: EditableFile,
  keys: readonly string[],
): Promise<void> {
  const effective = await call.config();
  for (const key of keys) {
    const source = effective.source(key);
    const isSame = valueText(effective.get(key)) === valueText(config.get(key));
    if (isSame || source.startsWith(path)) continue;
    call.output.say(`warning: ${key} is set otherwise in ${source}, which wins.`);
  }
}
