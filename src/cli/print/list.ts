/** Lists as people and programs want them: an aligned table, plain lines, CSV or JSON. */

import stringWidth from 'fast-string-width';
import { csvLine } from '../../primitives/csv.ts';
import type { Output } from '../output.ts';
import { inJson, oneLine } from '../visible.ts';

/** How a list can be printed. */
export type ListFormat = 'table' | 'text' | 'csv' | 'json';

/** One column of a list. */
export interface Column<Row> {
  /** In camelCase: the heading of the column, in CSV as it stands. */
  readonly name: string;
  /** The value for programs: exact, times in ISO 8601. */
  readonly value: (row: Row) => string | number | boolean | null;
  /** The same for people, when it is something else. */
  readonly shown?: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

/** A list to print. */
export interface List<Row> {
  readonly columns: readonly Column<Row>[];
  /** May be more than memory holds, when they come one by one; only a table needs all at once. */
  readonly rows: Iterable<Row> | AsyncIterable<Row>;
  /** What JSON has of a row, which may be more than there are columns; default all of it. */
  readonly toJson?: (row: Row) => unknown;
}

const GAP = '  ';
const NARROWEST = 8;
const LONGEST_MEASURED = 1000;

/** Prints a list. */
export async function printList<Row>(
  output: Output,
  format: ListFormat,
  { columns, rows, toJson = (row) => row }: List<Row>,
): Promise<void> {
  switch (format) {
    case 'json':
      return printJson(output, rows, toJson);
    case 'csv':
      await output.write(csvLine(columns.map(({ name }) => name)));
      for await (const row of rows)
        await output.write(csvLine(columns.map(({ value }) => value(row))));
      return;
    case 'text':
      for await (const row of rows) await output.print(columns.map(plainCell(row)).join('\t'));
      return;
    case 'table': {
      const all: Row[] = [];
      for await (const row of rows) all.push(row);
      return output.print(...tableOf(columns, all, output));
    }
  }
}

/** As `JSON.stringify` has an array, but with one row in memory. */
async function printJson<Row>(
  output: Output,
  rows: List<Row>['rows'],
  toJson: (row: Row) => unknown,
): Promise<void> {
  let before = '[';
  for await (const row of rows) {
    const text = inJson(JSON.stringify(toJson(row), undefined, 2)).replaceAll('\n', '\n  ');
    await output.write(`${before}\n  ${text}`);
    before = ',';
  }
  await output.write(before === '[' ? '[]\n' : '\n]\n');
}

/** A line stays a line, and a cell a cell, whatever somebody has written into a description. */
function plainCell<Row>(row: Row): (column: Column<Row>) => string {
  return ({ value }) => oneLine(String(value(row) ?? ''));
}

/** The lines of a table; none without rows. */
export function tableOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { style, width }: Pick<Output, 'style' | 'width'>,
): string[] {
  if (rows.length === 0) return [];
  const headings = columns.map(({ name }) => heading(name));
  const cells = rows.map((row) =>
    columns.map(({ value, shown }) => oneLine(shown?.(row) ?? String(value(row) ?? '-'))),
  );
  const widths = fitTo(
    headings.map((_, i) =>
      Math.max(...[headings, ...cells].map((line) => columnsOf(line[i] ?? ''))),
    ),
    width,
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, i) => align(cut(cell, widths[i] ?? 0), widths[i] ?? 0, columns[i]?.align))
      .join(GAP)
      .trimEnd();
  return [style.bold(format(headings)), ...cells.map(format)];
}

/** Takes from the widest columns until the line fits the terminal; a pipe has no width. */
function fitTo(widths: number[], width: number | undefined): number[] {
  const gaps = GAP.length * (widths.length - 1);
  const fitted = [...widths];
  const total = (): number => fitted.reduce((sum, each) => sum + each, gaps);
  while (width !== undefined && total() > width) {
    const widest = Math.max(...fitted);
    if (widest <= NARROWEST) break;
    fitted[fitted.indexOf(widest)] = widest - 1;
  }
  return fitted;
}

function align(cell: string, width: number, side: Column<never>['align']): string {
  const padding = ' '.repeat(Math.max(0, width - columnsOf(cell)));
  return side === 'right' ? padding + cell : cell + padding;
}

/** The beginning of a text that takes up no more than so many columns. */
function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (columnsOf(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * How many columns a text takes up; of a long one the sum of its pieces, as the time to measure one
 * grows with the square of its length.
 */
function columnsOf(text: string): number {
  let columns = 0;
  for (let start = 0; start < text.length; start += LONGEST_MEASURED) {
    columns += stringWidth(text.slice(start, start + LONGEST_MEASURED));
  }
  return columns;
}

/** `updatedAt` as `UPDATED AT`. */
function heading(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();
}
