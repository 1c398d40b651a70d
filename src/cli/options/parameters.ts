/** Arguments and options of commands as rows of a table, and how their values are read. */

import { type Command, InvalidArgumentError, Option } from 'commander';

/** An argument: `[name]` or `<name>`, what it is, and the values that it may have. */
export type ArgumentRow = readonly [name: string, text: string, choices?: readonly string[]];

/** An option: `-n, --limit <count>`, its help, and how its value is read; else it is the text. */
export type OptionRow = readonly [flags: string, text: string, read?: Reader];

/** Reads the value of an option. */
export interface Reader {
  /** The values that help and completion show. */
  readonly choices?: readonly string[];
  /**
   * @param option - the long name, for messages.
   * @param before - what the same option has collected so far.
   * @throws {UsageError} {InvalidArgumentError} when the text is no such value.
   */
  readonly read: (text: string, option: string, before: unknown) => unknown;
}

/** An option that may be repeated: `--include a --include b`. */
export const REPEATED: Reader = { read: (text, _, before) => [...listOf(before), text] };

/** The same, also separated by commas: `--tag a,b`. */
export const LIST: Reader = {
  read: (text, _, before) => {
    const items = text.split(',').map((each) => each.trim());
    return [...listOf(before), ...items.filter((each) => each !== '')];
  },
};

/** One of a few words; `others` are accepted too, and what they stand for. */
export function oneOf(
  choices: readonly string[],
  others: Readonly<Record<string, string>> = {},
): Reader {
  const read = (text: string): string => {
    const meant = others[text] ?? text;
    if (choices.includes(text) || others[text] !== undefined) return meant;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  };
  return { choices, read };
}

/** `true` or `false`. */
export const BOOLEAN: Reader = oneOf(['true', 'false']);

/** `-w`. */
export const WORKSPACE: OptionRow = [
  '-w, --workspace <name>',
  'the workspace; default $AGENTFS_WORKSPACE',
];

/** `-y`. */
export const YES: OptionRow = ['-y, --yes', 'do not ask'];

/** `--format`, of commands that print lists. */
export const FORMAT: OptionRow = [
  '--format <format>',
  'how to print it; auto: a table on a terminal, else text',
  oneOf(['auto', 'table', 'text', 'json', 'csv']),
];

/** `--author`. */
export const AUTHOR: OptionRow = [
  '--author <author>',
  '"Name <mail>" or a name; default $AGENTFS_AUTHOR, else your login name',
];

/** `--include` and `--exclude`. */
export const PATHS: readonly OptionRow[] = [
  ['--include <path>', 'only this path or glob; may be repeated', REPEATED],
  ['--exclude <path>', 'not this path or glob; may be repeated', REPEATED],
];

/** What {@link PATHS}, and paths after `--`, mean. */
export const PATHS_HELP: string = `\
A path means that file, or that directory with all in it, from where you are.
With * or ? it is a glob as in .gitignore: *.md at any depth, /*.md at the top.`;

/** Adds options to a command. */
export function addOptions(command: Command, rows: readonly OptionRow[]): void {
  for (const [flags, text, reader] of rows) {
    const option = new Option(flags, text);
    if (reader?.choices !== undefined) option.choices(reader.choices);
    if (reader !== undefined) {
      option.argParser((value: string, before: unknown) =>
        reader.read(value, option.long ?? flags, before),
      );
    }
    command.addOption(option);
  }
}

function listOf(before: unknown): readonly string[] {
  return Array.isArray(before) ? before : [];
}
