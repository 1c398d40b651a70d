/** Says what a command has changed, and how to undo it. */

import type { FileChange, RunResult } from '../../index.ts';
import type { Call } from '../call.ts';
import { changeLines } from './change-lines.ts';

const WORDS: Readonly<Record<FileChange['type'], string>> = {
  added: 'added',
  modified: 'changed',
  mode: 'changed',
  deleted: 'deleted',
  renamed: 'renamed',
};

/** One line for people at a terminal, or with `list` a line for each path. */
export function sayChanges({ output, inWorkspace }: Call, result: RunResult, list: boolean): void {
  const { changes, discarded } = result;
  if (list) for (const line of changeLines(changes, output.errorStyle)) output.say(line);
  if (changes.length === 0 || !(list || output.isTerminal)) return;
  const end = discarded ? 'discarded' : `undo with: agentfs undo${inWorkspace}`;
  output.say(`${countsOf(changes)}; ${end}`);
}

/** Such as `3 changed, 1 deleted`. */
function countsOf(changes: readonly FileChange[]): string {
  const words = changes.map(({ type }) => WORDS[type]);
  const kinds = [...new Set(Object.values(WORDS))].filter((word) => words.includes(word));
  return kinds.map((word) => `${words.filter((each) => each === word).length} ${word}`).join(', ');
}
