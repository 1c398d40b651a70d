/**
 * Changes settings in the text of a TOML file and leaves the rest, comments and order included, as
 * people wrote it. Works on files with one key a line; of any other only the values are kept.
 */

import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'smol-toml';
import { type Leaf, leavesOf, nest } from './nested.ts';
import { type Line, readLines, splitKeyLine } from './toml-lines.ts';

/** The text of a file that holds these values and no others, as close to `text` as can be. */
export function editToml(text: string, leaves: readonly Leaf[]): string {
  const wanted = nest(leaves);
  const edited = editLines(text, [...leavesOf(wanted)]);
  // A value of several lines, say, is more than a line can be replaced by: then the whole file is rewritten.
  return holds(edited, wanted) ? edited : stringify(wanted);
}

function editLines(text: string, leaves: readonly Leaf[]): string {
  const wanted = new Map(leaves.map((leaf) => [JSON.stringify(leaf.path), leaf]));
  const kept: Line[] = [];
  for (const line of readLines(text)) {
    if (line.kind !== 'key') {
      kept.push(line);
      continue;
    }
    const id = JSON.stringify(line.path);
    const leaf = wanted.get(id);
    // A second line of the same key cannot be: it would not have been parsed.
    if (leaf === undefined) continue;
    wanted.delete(id);
    kept.push({ ...line, text: withValue(line.text, leaf.value) });
  }
  for (const leaf of wanted.values()) insert(kept, leaf);
  return kept.map((line) => line.text).join('\n');
}

/** The line with another value, and with its comment; the same line when the value is the same. */
function withValue(line: string, value: unknown): string {
  const parts = splitKeyLine(line);
  if (parts === undefined || holds(`value = ${parts.value}`, { value })) return line;
  return `${parts.start}${valueText(value)}${parts.end}`;
}

/** Puts a key behind the others of its section, and the section, when it is new, at the end. */
function insert(lines: Line[], leaf: Leaf): void {
  const section = leaf.path.slice(0, -1);
  const name = leaf.path.at(-1) ?? '';
  const text = `${keyText(name)} = ${valueText(leaf.value)}`;
  const line: Line = { text, kind: 'key', path: leaf.path };
  const header = lines.findIndex((each) => each.kind === 'header' && samePath(each.path, section));
  if (section.length === 0) lines.unshift(line);
  else if (header >= 0) lines.splice(endOfSection(lines, header), 0, line);
  else
    append(
      lines,
      { text: `[${section.map(keyText).join('.')}]`, kind: 'header', path: section },
      line,
    );
}

function endOfSection(lines: readonly Line[], header: number): number {
  let end = header + 1;
  for (let i = header + 1; i < lines.length && lines[i]?.kind !== 'header'; i++) {
    if (lines[i]?.kind === 'key') end = i + 1;
  }
  return end;
}

function append(lines: Line[], header: Line, key: Line): void {
  const blank: Line = { text: '', kind: 'other', path: [] };
  while (lines.at(-1)?.text.trim() === '') lines.pop();
  if (lines.length > 0) lines.push(blank);
  lines.push(header, key, blank);
}

function keyText(name: string): string {
  return (
    stringify({ [name]: 0 })
      .split('=')[0]
      ?.trim() ?? name
  );
}

function valueText(value: unknown): string {
  const text = stringify({ value });
  return text.slice(text.indexOf('=') + 1).trim();
}

function samePath(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((part, i) => part === right[i]);
}

/** Whether the text parses to these values. */
function holds(text: string, values: Readonly<Record<string, unknown>>): boolean {
  try {
    return isDeepStrictEqual(byPath(parse(text)), byPath(values));
  } catch {
    return false;
  }
}

/** The values by their paths: the order of keys in a file means nothing. */
function byPath(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const leaves = Array.from(leavesOf(values), ({ path, value }): [string, unknown] => [
    JSON.stringify(path),
    value,
  ]);
  return new Map(leaves);
}
