/** The options that every command takes, before or after its name. */

import { type Command, Option } from 'commander';

/** The global options as they were given. */
export interface Globals {
  readonly base?: string;
  readonly config?: string;
  readonly profile?: string;
  readonly json: boolean;
  /** Undefined if not given. */
  readonly color?: boolean;
  readonly pager: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Those that were added here. */
const GLOBAL = new WeakSet<Option>();

/** Before the arguments are read. */
export const NO_GLOBALS: Globals = { json: false, pager: true, quiet: false, verbose: false };

/** Adds the global options; only the program itself shows them among its own. */
export function addGlobals(command: Command, { hidden }: { readonly hidden: boolean }): void {
  for (const [flags, description] of [
    ['--base <path>', 'the project; default $AGENTFS_BASE, else the nearest one from here up'],
    ['-c, --config <path>', 'use this configuration file instead of the usual ones'],
    ['--profile <name>', 'use this profile of the configuration'],
    ['--json', 'print JSON, for errors too'],
    ['--color', 'always use colours'],
    ['--no-color', 'never use colours'],
    ['--no-pager', 'never use a pager'],
    ['-q, --quiet', 'print only data, warnings and errors'],
    ['-v, --verbose', 'print more, and where errors come from'],
  ] as const) {
    const option = new Option(flags, description).hideHelp(hidden);
    const own = command.options.find(({ long }) => long === option.long);
    // A command that takes several projects means the same by it.
    if (own?.long === '--base') GLOBAL.add(own);
    if (own !== undefined) continue;
    command.addOption(option);
    GLOBAL.add(option);
  }
}

/** The global options of a command and of those above it; the innermost counts. */
export function readGlobals(command: Command): Globals {
  let given: Partial<Globals> = {};
  for (let each: Command | null = command; each !== null; each = each.parent) {
    given = { ...explicit(each), ...given };
  }
  // A command that takes several keeps them for itself; what is shared follows the first.
  const [base] = [given.base].flat();
  return { ...NO_GLOBALS, ...given, ...(base !== undefined && { base }) };
}

/**
 * Without the defaults, which would hide what an outer command was given, and without options of its
 * own: what `mcp --config` names is no configuration file. Several projects are projects all the same.
 */
function explicit(command: Command): Partial<Globals> {
  const names = command.options
    .filter((each) => GLOBAL.has(each) || each.long === '--base')
    .map((each) => each.attributeName());
  const given = Object.entries(command.opts()).filter(
    ([name]) => names.includes(name) && command.getOptionValueSource(name) !== 'default',
  );
  return Object.fromEntries(given);
}
