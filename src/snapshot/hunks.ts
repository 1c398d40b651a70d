/** The hunks of a unified diff: edits with a few unchanged lines around them, as git prints them. */

import type { LineEdit } from './line-diff.ts';

/** Some edits that are printed together; starts are 0-based line numbers. */
interface Hunk {
  readonly beforeStart: number;
  readonly afterStart: number;
  readonly edits: LineEdit[];
}

const MARKS = { equal: ' ', delete: '-', insert: '+' } as const;
const MAX_HEADING_LENGTH = 80;

/**
 * Formats edits as hunks.
 *
 * @param context - unchanged lines shown around a change, 0 or more; changes that are at most twice
 *   as far apart share a hunk.
 * @returns `''` when nothing differs.
 */
export function formatHunks(edits: readonly LineEdit[], context: number): string {
  const beforeLines = edits.flatMap((edit) => (edit.kind === 'insert' ? [] : edit.lines));
  let heading = '';
  let searched = 0;
  const texts = collectHunks(edits, context).map((hunk) => {
    heading = findHeading(beforeLines, searched, hunk.beforeStart) ?? heading;
    searched = hunk.beforeStart;
    return formatHunk(hunk, heading);
  });
  return texts.join('');
}

function collectHunks(edits: readonly LineEdit[], context: number): Hunk[] {
  const hunks: Hunk[] = [];
  let before = 0;
  let after = 0;
  let current: Hunk | undefined;
  edits.forEach((edit, index) => {
    const { kind, lines } = edit;
    const isLast = index === edits.length - 1;
    if (kind !== 'equal' || (current !== undefined && !isLast && lines.length <= 2 * context)) {
      current ??= openHunk(before, after, []);
      current.edits.push(edit);
    } else {
      current?.edits.push({ kind, lines: lines.slice(0, context) });
      if (current !== undefined) hunks.push(current);
      const leading = lines.slice(Math.max(0, lines.length - context));
      const skipped = lines.length - leading.length;
      current = isLast ? undefined : openHunk(before + skipped, after + skipped, leading);
    }
    if (kind !== 'insert') before += lines.length;
    if (kind !== 'delete') after += lines.length;
  });
  if (current !== undefined) hunks.push(current);
  return hunks;
}

function openHunk(beforeStart: number, afterStart: number, leading: readonly string[]): Hunk {
  return { beforeStart, afterStart, edits: [{ kind: 'equal', lines: leading }] };
}

function formatHunk({ beforeStart, afterStart, edits }: Hunk, heading: string): string {
  let beforeLength = 0;
  let afterLength = 0;
  const rows: string[] = [];
  for (const { kind, lines } of edits) {
    if (kind !== 'insert') beforeLength += lines.length;
    if (kind !== 'delete') afterLength += lines.length;
    for (const line of lines) rows.push(formatRow(MARKS[kind], line));
  }
  const before = formatRange(beforeStart, beforeLength);
  const after = formatRange(afterStart, afterLength);
  const title = heading === '' ? '' : ` ${heading}`;
  return `@@ -${before} +${after} @@${title}\n${rows.join('')}`;
}

/** Line numbers count from 1; an empty range is named by the line before it. */
function formatRange(start: number, length: number): string {
  if (length === 1) return `${start + 1}`;
  return length === 0 ? `${start},0` : `${start + 1},${length}`;
}

function formatRow(mark: string, line: string): string {
  if (line.endsWith('\n')) return mark + line;
  return `${mark}${line}\n\\ No newline at end of file\n`;
}

/** The last line in the range that starts like a declaration: a letter, `_` or `$`, unindented. */
function findHeading(lines: readonly string[], start: number, end: number): string | undefined {
  for (let i = end - 1; i >= start; i--) {
    const line = lines[i] ?? '';
    if (/^[A-Za-z_$]/.test(line)) return line.slice(0, MAX_HEADING_LENGTH).trimEnd().toWellFormed();
  }
  return undefined;
}
