/** What a command answers, and the one place that prints it: as JSON, or for people. */

import type { Call } from '../call.ts';

/** An answer of a command. */
export interface Answer {
  /** With `--json`, this alone. */
  readonly json: unknown;
  /** Data: to standard output. */
  readonly lines?: readonly string[];
  /** The same as it stands. */
  readonly text?: string;
  /** What was done: to standard error, and not with `--quiet`. */
  readonly says?: string | readonly string[];
  /** What people must know in any case: to standard error, first. */
  readonly warnings?: readonly string[];
  /** The exit status, when it is not 0. */
  readonly status?: number;
}

/** Prints an answer. */
export async function printAnswer(call: Call, answer: Answer): Promise<void> {
  const { json, lines = [], text, says = [], warnings = [], status } = answer;
  if (status !== undefined) call.exitStatus = status;
  for (const warning of warnings) call.output.complain(`warning: ${warning}`);
  if (call.globals.json) return call.output.json(json);
  if (text === undefined) await call.output.print(...lines);
  else await call.output.printText(text);
  for (const words of [says].flat()) call.output.say(words);
}

/** A label and what it stands for; left out when there is nothing to show. */
export type LabelledRow = readonly [label: string, value: string | null];

/** Rows as lines, with their values below each other. */
export function labelled(rows: readonly LabelledRow[]): string[] {
  const shown = rows.filter(([, value]) => value);
  const width = Math.max(0, ...shown.map(([label]) => label.length)) + 2;
  return shown.map(([label, value]) => `${`${label}:`.padEnd(width)}${value}`);
}
