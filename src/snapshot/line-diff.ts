/**
 * The line diff of two texts as a list of edits. A line keeps its terminator, so that a carriage
 * return belongs to its line and a missing last newline is a difference like any other.
 */

import { findLineChanges } from './line-alignment.ts';

/** Lines that both texts have, that only the old one has, or that only the new one has. */
export interface LineEdit {
  readonly kind: 'equal' | 'delete' | 'insert';
  /** At least one line, each with its terminator. */
  readonly lines: readonly string[];
}

const MAX_DIFF_BYTES = 1024 * 1024;
const MAX_DIFF_LINES = 20_000;

/**
 * Compares two texts line by line.
 *
 * @returns the edits in order: the equal and deleted lines joined are `before`, the equal and
 *   inserted ones `after`; neighbours differ in kind, and a deletion comes before the insertion
 *   that replaces it. Undefined when a text is above 1 MiB or 20,000 lines.
 */
export function diffLines(before: string, after: string): LineEdit[] | undefined {
  if (Buffer.byteLength(before) > MAX_DIFF_BYTES) return undefined;
  if (Buffer.byteLength(after) > MAX_DIFF_BYTES) return undefined;
  const beforeLines = splitLines(before);
  const afterLines = splitLines(after);
  if (beforeLines.length > MAX_DIFF_LINES || afterLines.length > MAX_DIFF_LINES) return undefined;

  const edits: LineEdit[] = [];
  const add = (kind: LineEdit['kind'], lines: string[]): void => {
    if (lines.length > 0) edits.push({ kind, lines });
  };
  let place = 0;
  for (const change of findLineChanges(beforeLines, afterLines)) {
    add('equal', beforeLines.slice(place, change.beforeStart));
    add('delete', beforeLines.slice(change.beforeStart, change.beforeEnd));
    add('insert', afterLines.slice(change.afterStart, change.afterEnd));
    place = change.beforeEnd;
  }
  add('equal', beforeLines.slice(place));
  return edits;
}

/** The lines of a text, each with its newline; only the last can be without. None for `''`. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline + 1;
    lines.push(text.slice(start, end));
    start = end;
  }
  return lines;
}
