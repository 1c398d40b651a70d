/** Which format a list is printed in: `--format`, `--json`, the configuration, or what reads it. */

import { type Command, Option } from 'commander';
import type { Call } from './call.ts';
import type { ListFormat } from './table.ts';
import { UsageError } from './usage-error.ts';

/** The option of commands that print lists. */
export interface FormatOption {
  readonly format?: ListFormat | 'auto';
}

const FORMATS = ['auto', 'table', 'text', 'json', 'csv'];

/** Adds `--format` to a command. */
export function addFormat(command: Command): Command {
  return command.addOption(
    new Option(
      '--format <format>',
      'how to print it; auto: a table on a terminal, else text',
    ).choices(FORMATS),
  );
}

/**
 * The format of a list.
 *
 * @throws {UsageError} when `--json` contradicts `--format`.
 */
export async function chooseFormat(call: Call, { format }: FormatOption): Promise<ListFormat> {
  if (call.globals.json) {
    if (format === undefined || format === 'json' || format === 'auto') return 'json';
    throw new UsageError(`--json contradicts --format ${format}.`, 'Leave one of them out.');
  }
  const wanted = format ?? (await call.config()).get('ui.default_format');
  if (wanted !== 'auto') return wanted;
  return call.output.isTerminal ? 'table' : 'text';
}
