/** Lines of CSV (RFC 4180), safe to open in a spreadsheet. */

/** What a cell holds; null is an empty one. */
export type CsvCell = string | number | boolean | null;

/**
 * Cells joined into a line that ends with CR LF. A text that a spreadsheet would take for a formula
 * (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return, also after blanks) gets an
 * apostrophe in front: paths and names come from programs that need not be trusted.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: CsvCell): string {
  if (typeof value !== 'string') return String(value ?? '');
  const safe = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
