/** Prints what a push or pull has done. */

import type { SyncResult } from '../index.ts';
import type { Call } from './call.ts';
import { changeLines } from './change-lines.ts';
import { count } from './humane.ts';
import { humanSize } from './size.ts';
import { oneLine } from './visible.ts';

/** Prints what changed here as data, and the rest as words. */
export async function printSync(
  { output, globals }: Call,
  workspace: string,
  result: SyncResult,
): Promise<void> {
  if (globals.json) return output.json({ workspace, ...result });
  await output.print(...changeLines(result.changes, output.style));
  const { direction, version, upToDate, objects, bytes, merged, conflicts } = result;
  const done = direction === 'push' ? 'Pushed' : 'Pulled';
  const traffic = `${count(objects, 'object')}, ${humanSize(bytes)}`;
  output.say(
    upToDate
      ? `${workspace} is up to date with revision ${version}.`
      : `${done} ${workspace}: revision ${version}, ${traffic}.`,
  );
  for (const path of merged) output.say(`Merged line by line: ${oneLine(path)}`);
  for (const { path } of conflicts) {
    output.say(`Changed on both sides, one side was taken: ${oneLine(path)}`);
  }
}
