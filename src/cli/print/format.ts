/** Which format a list is printed in: `--format`, `--json`, the configuration, or what reads it. */

import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';
import { type List, type ListFormat, printList } from './list.ts';

/** The option of commands that print lists. */
export interface FormatOption {
  readonly format?: ListFormat | 'auto';
}

/**
 * Prints a list in the format that is asked for.
 *
 * @throws {UsageError} when `--json` contradicts `--format`.
 */
export async function answerList<Row>(
  call: Call,
  flags: FormatOption,
  list: List<Row>,
): Promise<void> {
  await printList(call.output, await chooseFormat(call, flags), list);
}

async function chooseFormat(call: Call, { format }: FormatOption): Promise<ListFormat> {
  if (call.globals.json) {
    if (format === undefined || format === 'json' || format === 'auto') return 'json';
    throw new UsageError(
      `--json and --format ${format} cannot be used together.`,
      'Leave one of them out.',
    );
  }
  const wanted = format ?? (await call.config()).get('ui.default_format');
  if (wanted !== 'auto') return wanted;
  return call.output.isTerminal ? 'table' : 'text';
}
