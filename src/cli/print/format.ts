/** Which format a list is printed in: `--format`, `--json`, the configuration, or what reads it. */

import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';
import { type List, type ListFormat, printList } from './list.ts';

/** The option of commands that print lists. */
export interface FormatOption {
  readonly format?: ListFormat | 'auto';
  /** A file in place of a list, of commands that write one. */
  readonly output?: string;
}

/** @throws {UsageError} when `--json` contradicts `--format`. */
export function checkFormat({ globals }: Call, { format, output }: FormatOption): void {
  if (!globals.json || output !== undefined || !/^(table|text|csv)$/.test(format ?? '')) return;
  throw new UsageError(
    `--json and --format ${format} cannot be used together.`,
    'Leave one of them out.',
  );
}

/** Prints a list in the format that is asked for. */
export async function answerList<Row>(
  call: Call,
  flags: FormatOption,
  list: List<Row>,
): Promise<void> {
  await printList(call.output, await chooseFormat(call, flags), list);
}

async function chooseFormat(call: Call, { format }: FormatOption): Promise<ListFormat> {
  if (call.globals.json) return 'json';
  const wanted = format ?? (await call.config()).get('ui.default_format');
  if (wanted !== 'auto') return wanted;
  return call.output.isTerminal ? 'table' : 'text';
}
