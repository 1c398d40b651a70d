/** Makes a command of its description: declares it, opens its workspace, prints its answer. */

import { Argument, type Command } from 'commander';
import type { Workspace } from '../../index.ts';
import type { Call } from '../call.ts';
import {
  type ArgumentRow,
  addOptions,
  FORMAT,
  type OptionRow,
  WORKSPACE,
} from '../options/parameters.ts';
import { type Answer, printAnswer } from '../print/answer.ts';
import { checkFormat, type FormatOption } from '../print/format.ts';
import type { Verb } from '../verb.ts';

/** An example: what to type, and what it is for. */
type Example = readonly [typed: string, purpose: string];

/** What `run` is given. */
interface Given<Flags> {
  readonly call: Call;
  /** The arguments, without the names of options. */
  readonly args: readonly string[];
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
      const answer = await answerOf(description, { call, flags, args: command.args });
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

function declare<Flags>(command: Command, description: AnyDescription<Flags>): void {
  const { workspace, options = [], usage, notes, passesThrough, takesUnknown } = description;
  const named: readonly ArgumentRow[] = workspace === undefined ? [] : [NAMED_BY[`${workspace}`]];
  for (const [name, text, choices] of [...named, ...(description.arguments ?? [])]) {
    const argument = new Argument(name, text);
    command.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  addOptions(command, [...(workspace === true ? [WORKSPACE] : []), ...options]);
  if (usage !== undefined) command.usage(usage);
  if (passesThrough) command.passThroughOptions();
  if (takesUnknown) command.allowUnknownOption().allowExcessArguments();
  if (notes !== undefined) command.addHelpText('after', `\n${notes}`);
  const lines = description.examples.flatMap(([typed, purpose]) => [
    `  # ${purpose}`,
    `  ${typed}`,
  ]);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
