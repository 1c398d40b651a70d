/** Prints what a merge or rebase has brought into a workspace. */

import type { MergeResult } from '../index.ts';
import type { Call } from './call.ts';
import { changeLines } from './change-lines.ts';
import { count } from './humane.ts';
import { oneLine } from './visible.ts';

/** Prints the changes, and how double ones were settled. */
export async function printMerge(
  { output, globals }: Call,
  workspace: string,
  { changes, merged, conflicts, operationId }: MergeResult,
): Promise<void> {
  if (globals.json) return output.json({ workspace, changes, merged, conflicts, operationId });
  await output.print(...changeLines(changes, output.style));
  output.say(`Brought ${count(changes.length, 'change')} into ${workspace}.`);
  for (const path of merged) output.say(`Merged line by line: ${oneLine(path)}`);
  for (const { path } of conflicts)
    output.say(`Changed on both sides, one side was taken: ${oneLine(path)}`);
}
