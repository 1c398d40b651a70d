/** `agentfs config set`: sets one setting, or several given as options. */

import { Config } from '../../index.ts';
import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';
import {
  type EditableFile,
  editFile,
  type FileOption,
  PROJECT,
  requireAllowed,
} from '../options/config-file.ts';
import { readInput } from '../options/read-input.ts';
import { valueText } from '../print/json-shapes.ts';
import { defineVerb, type Verb } from './define-verb.ts';

type Pair = readonly [key: string, text: string];

export const verb: Verb = defineVerb<FileOption>({
  usage: '[options] <key> <value>',
  arguments: [
    ['[key]', 'its name'],
    ['[value]', 'its value, or - to read it from input'],
  ],
  options: [PROJECT],
  // `--cache-size 100MB`, as documents of other versions have it.
  takesUnknown: true,
  examples: [
    ['agentfs config set cache-size 100MB', 'in your own file'],
    ['agentfs config set ignore.patterns "*.log,tmp/" --project', "in the project's file"],
    ['agentfs config set sync.turso.token env:MY_TOKEN', 'names the variable, not the secret'],
    ['agentfs config set sync.turso.token - < token.txt', 'keeps it out of the process list'],
  ],
  async run({ call, args, flags }) {
    const pairs = pairsOf(args);
    const isRead = pairs.some(([, text]) => text === '-');
    const input = isRead ? (await readInput(call)).trim() : '';
    return editFile(call, flags, async (file) => {
      const keys: string[] = [];
      for (const [key, text] of pairs) keys.push(await setOne(call, file, [key, text, input]));
      file.config.save(file.path);
      const set = Object.fromEntries(keys.map((key) => [key, file.config.shown(key)]));
      return {
        json: { file: file.path, set },
        warnings: await overridesOf(call, file, keys),
        says: keys.map((key) => `Set ${key} to ${valueText(set[key])} in ${file.path}.`),
      };
    });
  },
});

/** `key value`, or `--key value` and `--key=value` any number of times. */
function pairsOf(args: readonly string[]): readonly Pair[] {
  const [first, second, third] = args;
  if (first === undefined) throw new UsageError('No setting is named.', 'Type a key and a value.');
  if (first.startsWith('--')) return optionPairs(args);
  if (third === undefined) return [[first, requireValue(first, second)]];
  throw new UsageError(`${first} takes one value.`, 'Put a value with blanks in quotes.');
}

function optionPairs(args: readonly string[]): readonly Pair[] {
  const pairs: Pair[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, key, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (key === undefined) throw new UsageError(`'${arg}' is no --key.`, 'Type --key value.');
    pairs.push([key, value ?? requireValue(key, rest.shift())]);
  }
  return pairs;
}

function requireValue(key: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new UsageError(`${key} needs a value.`, `Type agentfs config set ${key} <value>.`);
}

/** Sets one key, and returns its full name. */
async function setOne(
  call: Call,
  file: EditableFile,
  [key, text, input]: readonly [key: string, text: string, input: string],
): Promise<string> {
  const { config, isProject } = file;
  const name = config.fullName(key);
  const isSecret = Config.keys().some((each) => each.name === name && each.secret);
  const isTyped = text !== '-';
  config.setText(name, isTyped ? text : input);
  if (isSecret && isTyped && config.shown(name) !== config.get(name)) {
    call.output.complain(
      `warning: Other users can see ${name} in the list of processes. Replace it, and give it as - or env:NAME.`,
    );
  }
  if (isProject) await requireAllowed(call, name, config.get(name));
  return name;
}

/** A setting that something stronger sets otherwise has no effect, which is better told than found. */
async function overridesOf(
  call: Call,
  { config, path }: EditableFile,
  keys: readonly string[],
): Promise<string[]> {
  const effective = await call.config();
  return keys.flatMap((key) => {
    const source = effective.source(key);
    const isSame = valueText(effective.get(key)) === valueText(config.get(key));
    return isSame || source.startsWith(path) ? [] : [`${source} overrides ${key}.`];
  });
}
