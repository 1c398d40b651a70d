/** Prints a difference: as a patch or a summary, in colours for people, or as JSON. */

import type { DiffResult } from '../../index.ts';
import type { Call } from '../call.ts';
import { manyLines } from '../visible.ts';
import { printLong } from './page.ts';

/** Prints it; `stat` when its text is no patch. */
export async function printDiff(
  call: Call,
  diff: DiffResult,
  { stat }: { readonly stat: boolean },
): Promise<void> {
  const { output, globals } = call;
  if (globals.json) return output.json(diff);
  // A patch for a program is exact; to people no line may do more than be read.
  const text = output.isTerminal ? manyLines(diff.text) : diff.text;
  if (!output.style.isColorSupported || text === '') return printLong(call, text);
  const { colorDiff, colorStat } = await import('./color-diff.ts');
  await printLong(call, stat ? colorStat(text, output.style) : colorDiff(text, output.style));
}
