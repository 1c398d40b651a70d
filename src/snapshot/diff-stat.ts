/** The summary of a patch as `git diff --stat` prints it: a bar for each path, and the totals. */

import type { TreePath } from '../primitives/path.ts';
import { quotePathInList } from './git-path.ts';

/** What the summary needs to know of the difference of one path. */
export interface DiffStatEntry {
  readonly path: TreePath;
  readonly from?: TreePath | undefined;
  readonly linesAdded: number;
  readonly linesRemoved: number;
  readonly binary: boolean;
  readonly tooLarge?: boolean | undefined;
}

const BAR_WIDTH = 40;

/**
 * Formats a line for each path, in the given order, and one of totals; `''` when there is nothing.
 * The longest bar has 40 characters.
 */
export function formatDiffStat(entries: readonly DiffStatEntry[]): string {
  if (entries.length === 0) return '';
  const names = entries.map(({ path, from }) => {
    const name = quotePathInList(path);
    return from === undefined ? name : `${quotePathInList(from)} => ${name}`;
  });
  const counts = entries.map(formatCount);
  const nameWidth = longest(names);
  const countWidth = longest(counts);
  const largest = entries.reduce((most, entry) => Math.max(most, changedLines(entry)), 0);
  const rows = entries.map((entry, index) => {
    const name = (names[index] ?? '').padEnd(nameWidth);
    const changed = (counts[index] ?? '').padStart(countWidth);
    return ` ${name} | ${changed} ${formatBar(entry, largest)}`.trimEnd();
  });
  return `${rows.join('\n')}\n${formatTotals(entries)}\n`;
}

function formatCount({ binary, tooLarge, linesAdded, linesRemoved }: DiffStatEntry): string {
  if (binary) return 'Bin';
  return tooLarge === true ? 'Big' : `${linesAdded + linesRemoved}`;
}

/** Scaled only when a bar is too long; a side that has changes has at least one mark. */
function formatBar({ linesAdded, linesRemoved }: DiffStatEntry, largest: number): string {
  const scale = largest > BAR_WIDTH ? (BAR_WIDTH - 1) / largest : 1;
  return '+'.repeat(Math.ceil(linesAdded * scale)) + '-'.repeat(Math.ceil(linesRemoved * scale));
}

function formatTotals(entries: readonly DiffStatEntry[]): string {
  const added = entries.reduce((sum, entry) => sum + entry.linesAdded, 0);
  const removed = entries.reduce((sum, entry) => sum + entry.linesRemoved, 0);
  const parts = [` ${count(entries.length, 'file')} changed`];
  if (added > 0 || removed === 0) parts.push(`${count(added, 'insertion')}(+)`);
  if (removed > 0 || added === 0) parts.push(`${count(removed, 'deletion')}(-)`);
  return parts.join(', ');
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}

function changedLines(entry: DiffStatEntry): number {
  return entry.linesAdded + entry.linesRemoved;
}
