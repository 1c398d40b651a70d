/** Other names of options: accepted, and shown nowhere. The one table of them. */

import { type Command, Option } from 'commander';

interface Alias {
  /** The commands that take it. */
  readonly verbs: readonly string[];
  readonly name: string;
  /** Absent where it stands for what is so anyway. */
  readonly of?: string;
}

const ALIASES: readonly Alias[] = [
  { verbs: ['workspace create', 'workspace config', 'snapshot create'], name: 'tags', of: 'tag' },
  { verbs: ['workspace create'], name: 'from', of: 'from-workspace' },
  { verbs: ['workspace merge', 'sync resolve'], name: 'strategy', of: 'on-conflict' },
  { verbs: ['snapshot create'], name: 'description', of: 'message' },
  { verbs: ['run', 'exec'], name: 'cwd', of: 'workdir' },
  { verbs: ['run'], name: 'propagate-exit' },
  {
    verbs: ['audit query', 'audit export', 'audit stream'],
    name: 'filter',
    of: 'path',
  },
];

/** Adds the other names of a command's options; each is read as the one that it stands for. */
export function addAliases(command: Command, words: string): void {
  for (const { verbs, name, of } of ALIASES) {
    if (!verbs.includes(words)) continue;
    if (of === undefined) command.addOption(new Option(`--${name}`).hideHelp());
    const option = command.options.find(({ long }) => long === `--${of}`);
    if (option === undefined) continue;
    const alias = new Option(`--${name} <value>`, `the same as --${of}`).hideHelp();
    if (option.parseArg !== undefined) alias.argParser(option.parseArg);
    alias.attributeName = () => option.attributeName();
    command.addOption(alias);
  }
}
