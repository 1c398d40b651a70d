/** What a verb of the command line is made of. */

import type { Command } from 'commander';
import type { Call } from './call.ts';

/** A verb: what it takes, and what it does. One file a verb, loaded when it is called. */
export interface Verb {
  /** Adds arguments, options and examples. */
  readonly define: (command: Command) => void;
  /** Asks the library once and prints what it says; a status other than 0 goes to `call`. */
  readonly run: (call: Call, command: Command) => Promise<void>;
}

/** An example: what to type, and what it is for. */
export type Example = readonly [typed: string, purpose: string];

/** Ends the help of a command with examples. */
export function addExamples(command: Command, ...examples: readonly Example[]): void {
  const lines = examples.flatMap(([typed, purpose]) => [`  # ${purpose}`, `  ${typed}`]);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Collects an option that may be repeated: `--tag a --tag b`. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The same for lists that may also be separated by commas: `--tag a,b`. */
export function collectList(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',').map((each) => each.trim())].filter((each) => each !== '');
}
