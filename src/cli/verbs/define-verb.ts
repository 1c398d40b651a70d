/** Makes a command of its description: declares it, opens its workspace, prints its answer. */

import { Argument, type Command } from 'commander';
import type { Workspace } from '../../index.ts';
import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';
import {
  type ArgumentRow,
  addOptions,
  FORMAT,
  type OptionRow,
  WORKSPACE,
} from '../options/parameters.ts';
import { type Answer, printAnswer } from '../print/answer.ts';
import { checkFormat, type FormatOption } from '../print/format.ts';

/** A command. One file each, loaded when it is called. */
export interface Verb {
  /** Adds arguments, options and examples. */
  readonly define: (command: Command) => void;
  /** Calls the library and prints the answer. */
  readonly run: (call: Call, command: Command) => Promise<void>;
}

/** An example: what to type, and what it is for. */
type Example = readonly [typed: string, purpose: string];

/** What `run` is given. */
interface Given<Flags> {
  readonly call: Call;
  /** The arguments, without the names of options, and without paths after `--`. */
  readonly args: readonly string[];
  /** What stands after `--`, as it was typed; of commands that take paths. */
  readonly paths: readonly string[];
  readonly flags: Flags & { readonly workspace?: string };
}

/** An answer, or nothing when the command has printed what it has to say. */
// biome-ignore lint/suspicious/noConfusingVoidType: a command may do some of both.
type Outcome = Promise<Answer | void>;

/** A command. */
interface Description<Flags> {
  readonly arguments?: readonly ArgumentRow[];
  readonly options?: readonly OptionRow[];
  /** In place of the line that is made from arguments and options. */
  readonly usage?: string;
  /** What else help says, below the options. */
  readonly notes?: string;
  /** The words behind the first argument belong to another program. */
  readonly passesThrough?: true;
  /** Takes paths after `--`, as git does. */
  readonly takesPaths?: true;
  /** Takes options that are not declared; they come as arguments. */
  readonly takesUnknown?: true;
  readonly examples: readonly Example[];
  /** Refuses what contradicts itself, before anything is opened. @throws {UsageError} */
  readonly check?: (flags: Flags, call: Call) => void;
}

/** A command about one workspace: named by `[workspace]` or `-w`, or `'named'` by its argument. */
interface WorkspaceDescription<Flags> extends Description<Flags> {
  readonly workspace: true | 'named';
  readonly run: (given: Given<Flags> & { readonly workspace: Workspace }) => Outcome;
}

/** Any other command. */
interface PlainDescription<Flags> extends Description<Flags> {
  readonly workspace?: undefined;
  readonly run: (given: Given<Flags>) => Outcome;
}

/** The arguments that name the workspace. */
const NAMED_BY = {
  true: ['[workspace]', 'the same as -w'],
  named: ['<name>', 'the workspace'],
} as const;

type AnyDescription<Flags> = WorkspaceDescription<Flags> | PlainDescription<Flags>;

/** Makes a command. `Flags` are its options as they are read. */
export function defineVerb<Flags extends object = object>(
  description: AnyDescription<Flags>,
): Verb {
  return {
    define: (command) => declare(command, description),
    run: async (call, command) => {
      const flags = command.opts<Given<Flags>['flags'] & FormatOption>();
      if (description.options?.includes(FORMAT)) checkFormat(call, flags);
      description.check?.(flags, call);
      const plain = { args: command.args, paths: [] };
      const { args, paths } = description.takesPaths ? splitAtDashes(command) : plain;
      const answer = await answerOf(description, { call, flags, args, paths });
      if (answer !== undefined) await printAnswer(call, answer);
    },
  };
}

async function answerOf<Flags extends object>(
  description: AnyDescription<Flags>,
  given: Given<Flags>,
): Outcome {
  if (description.workspace === undefined) return description.run(given);
  const workspace = await given.call.workspace(given.args[0], given.flags.workspace);
  return description.run({ ...given, workspace });
}

/**
 * The arguments before `--`, and the paths after it, between which the parser makes no difference.
 *
 * @throws {UsageError} when there are more of the former than are declared.
 */
function splitAtDashes(command: Command): Pick<Given<object>, 'args' | 'paths'> {
  const typed = typedWords(command);
  const dashes = typed.indexOf('--');
  const count = dashes < 0 ? 0 : typed.length - dashes - 1;
  const args = command.args.slice(0, command.args.length - count);
  const { registeredArguments: declared } = command;
  if (args.length > declared.length && declared.at(-1)?.variadic !== true) {
    throw new UsageError(
      `Too many arguments for '${command.name()}'. Expected ${declared.length} but got ${args.length}.`,
      'Paths stand after --.',
    );
  }
  return { args, paths: command.args.slice(args.length) };
}

/** All words of the call. */
function typedWords(command: Command): readonly string[] {
  if (command.parent !== null) return typedWords(command.parent);
  const words: unknown = Reflect.get(command, 'rawArgs');
  return Array.isArray(words) ? words : [];
}

function declare<Flags>(command: Command, description: AnyDescription<Flags>): void {
  const { workspace, options = [], usage, notes, passesThrough, takesUnknown } = description;
  const { takesPaths } = description;
  const named: readonly ArgumentRow[] = workspace === undefined ? [] : [NAMED_BY[`${workspace}`]];
  for (const [name, text, choices] of [...named, ...(description.arguments ?? [])]) {
    const argument = new Argument(name, text);
    command.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  addOptions(command, [...(workspace === true ? [WORKSPACE] : []), ...options]);
  if (takesPaths)
    command.allowExcessArguments().usage(`${usage ?? command.usage()} [-- <path>...]`);
  else if (usage !== undefined) command.usage(usage);
  if (passesThrough) command.passThroughOptions();
  if (takesUnknown) command.allowUnknownOption().allowExcessArguments();
  if (notes !== undefined) command.addHelpText('after', `\n${notes}`);
  const lines = description.examples.flatMap(([typed, purpose]) => [
    `  # ${purpose}`,
    `  ${typed}`,
  ]);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
