/** A status as lines: two letters and a path, for people and, frozen, for programs. */

import type { WorkspaceStatus } from '../../index.ts';
import type { Style } from '../output.ts';
import { quotedPath } from '../visible.ts';

/** One line: `x` says R for a rename, C for a conflict; `y` says what happened to the content. */
interface StatusLine {
  readonly x: ' ' | 'R' | 'C' | '!';
  readonly y: ' ' | 'M' | 'A' | 'D' | '!';
  readonly path: string;
  readonly from?: string;
}

/** The lines for people. */
export function statusLines(status: WorkspaceStatus, style: Style): string[] {
  return linesOf(status).map((line) => {
    const { x, y, path, from } = line;
    const name =
      from === undefined ? quotedPath(path) : `${quotedPath(from)} -> ${quotedPath(path)}`;
    return `${colored(line, style)(x + y)} ${name}`;
  });
}

/** The lines for programs; this format never changes. */
export function porcelain(status: WorkspaceStatus, nulEnds: boolean): string {
  return linesOf(status)
    .map(({ x, y, path, from }) => {
      if (nulEnds) return `${x}${y} ${path}\0${from === undefined ? '' : `${from}\0`}`;
      const name =
        from === undefined ? quotedPath(path) : `${quotedPath(from)} -> ${quotedPath(path)}`;
      return `${x}${y} ${name}\n`;
    })
    .join('');
}

/** All lines, sorted by path as bytes, ignored ones last. */
function linesOf(status: WorkspaceStatus): StatusLine[] {
  const conflicts = new Set(status.conflicts);
  const one = (path: string, y: StatusLine['y']): StatusLine => {
    return { x: conflicts.delete(path) ? 'C' : ' ', y, path };
  };
  const changed: StatusLine[] = [
    ...status.modified.map(({ path }) => one(path, 'M')),
    ...status.added.map(({ path }) => one(path, 'A')),
    ...status.deleted.map(({ path }) => one(path, 'D')),
    ...status.renamed.map(({ path, from }) => ({ x: 'R', y: ' ', path, from }) as const),
  ];
  const others = [...conflicts].map((path) => ({ x: 'C', y: ' ', path }) as const);
  const ignored = (status.ignored ?? []).map((path) => ({ x: '!', y: '!', path }) as const);
  const byPath = (a: StatusLine, b: StatusLine): number =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
  return [...[...changed, ...others].sort(byPath), ...ignored];
}

function colored({ x, y }: StatusLine, style: Style): (text: string) => string {
  if (x === 'C') return style.magenta;
  if (x === 'R') return style.cyan;
  if (x === '!') return style.dim;
  if (y === 'A') return style.green;
  return y === 'D' ? style.red : style.yellow;
}
