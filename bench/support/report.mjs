/** The table of results, for the terminal and for bench/RESULTS.md. */

import { readFileSync, writeFileSync } from 'node:fs';

const HEADER = ['operation', 'agentfs', 'reference', 'ratio', 'goal', 'met'];

/** The marks around a part of the file: of all questions, or of one that is asked apart. */
const marksOf = (apart) => {
  const [what, option] = apart === undefined ? ['measured', ''] : [apart, `--${apart} `];
  return [
    `<!-- ${what}: begin, written by \`npm run bench -- ${option}--write\` -->`,
    `<!-- ${what}: end -->`,
  ];
};

/** The rows as a table of aligned columns. */
export function plainTable(rows) {
  const lines = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const format = (line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [format(lines[0]), rule, ...lines.slice(1).map(format)].join('\n');
}

/** The rows as a Markdown table. */
export function markdownTable(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(HEADER),
    line(HEADER.map(() => '---')),
    ...rows.map((row) => line(cellsOf(row))),
  ].join('\n');
}

/** Replaces the measured part of a file and leaves the rest of it alone. */
export function writeResults(path, machine, rows, apart) {
  const [begin, end] = marksOf(apart);
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} lacks the marks around what is measured`);
  const facts = Object.entries(machine).map(([name, value]) => `| ${name} | ${value} |`);
  const measured = ['| | |', '| --- | --- |', ...facts, '', markdownTable(rows)].join('\n');
  writeFileSync(path, `${text.slice(0, from)}${begin}\n${measured}\n${text.slice(to)}`);
}

function cellsOf(row) {
  const { ours, reference, ratio, goals = [] } = row;
  if (row.note) return [row.operation, '', '', '', '', ''];
  if (row.failed !== undefined) return [row.operation, `failed: ${row.failed}`, '', '', '', 'no'];
  return [
    row.operation,
    show(ours, row.unit),
    reference === undefined ? '-' : `${show(reference.figure, row.unit)} (${reference.label})`,
    ratio === undefined ? '-' : `${round(ratio)}x`,
    goals
      .map(({ text, isMet }) => (isMet || goals.length === 1 ? text : `${text} (no)`))
      .join(', '),
    verdict(goals),
  ];
}

function verdict(goals) {
  if (goals.length === 0) return '-';
  return goals.every(({ isMet }) => isMet) ? 'yes' : 'no';
}

function show({ median, least, most }, unit) {
  if (least === most) return `${round(median)} ${unit}`;
  return `${round(median)} ${unit} [${round(least)} - ${round(most)}]`;
}

function round(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
