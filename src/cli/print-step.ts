/** Prints what undo or redo has done. */

import type { UndoResult } from '../index.ts';
import type { Call } from './call.ts';
import { changeLines } from './change-lines.ts';
import { oneLine } from './visible.ts';

/** Prints the operation and what it has changed; `done` is the verb in the past tense. */
export async function printStep(
  { output, globals }: Call,
  done: string,
  { operation, changes }: UndoResult,
): Promise<void> {
  if (globals.json) return output.json({ operation, changes });
  await output.print(...changeLines(changes, output.style));
  output.say(`${done}: ${oneLine(operation.summary)}.`);
}
