/** `--on-conflict`: who wins where both sides have changed the same thing. */

import { type Command, Option } from 'commander';

/** The option as the parser gives it. */
export interface ConflictChoice {
  readonly onConflict?: 'fail' | 'ours' | 'theirs';
}

/** Adds the option; `sides` says who they are. */
export function addConflictChoice(command: Command, sides: string): Command {
  const option = new Option('--on-conflict <side>', sides);
  return command.addOption(option.choices(['fail', 'ours', 'theirs']));
}
