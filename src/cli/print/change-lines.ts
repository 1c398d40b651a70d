/** Changes of files as lines: a letter and a path, as users of git know them. */

import type { FileChange } from '../../index.ts';
import type { Style } from '../output.ts';
import { oneLine } from '../visible.ts';

const LETTERS: Readonly<Record<FileChange['type'], string>> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  mode: 'M',
};

/** What a line tells of a change. */
interface NamedChange {
  readonly type: FileChange['type'];
  readonly path: string;
  readonly from?: string | undefined;
}

/** One line for each change, such as `M src/a.ts`. */
export function changeLines(changes: readonly NamedChange[], style: Style): string[] {
  return changes.map(({ type, path, from }) => {
    const name = from === undefined ? oneLine(path) : `${oneLine(from)} -> ${oneLine(path)}`;
    return `${colored(type, style)} ${name}`;
  });
}

function colored(type: FileChange['type'], { green, red, yellow, cyan }: Style): string {
  const letter = LETTERS[type];
  switch (type) {
    case 'added':
      return green(letter);
    case 'deleted':
      return red(letter);
    case 'renamed':
      return cyan(letter);
    case 'modified':
    case 'mode':
      return yellow(letter);
  }
}
