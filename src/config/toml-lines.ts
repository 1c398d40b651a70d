/**
 * The lines of a TOML file, as far as they name a section or a key. Reads each character a constant
 * number of times: the project's file is written by whoever can write to the project.
 */

/** One line of a file: what it is, and the key or section that it names. */
export interface Line {
  readonly text: string;
  readonly kind: 'header' | 'key' | 'other';
  readonly path: readonly string[];
}

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A line with a key, in three parts: up to the value, the value, what follows it. */
export interface KeyLine {
  readonly start: string;
  readonly value: string;
  /** Blanks and a comment. */
  readonly end: string;
}

/** Splits a text into its lines. */
export function readLines(text: string): Line[] {
  let section: readonly string[] = [];
  return text.split('\n').map((line) => {
    const header = /^\s*\[([^[\]]+)\]/.exec(line)?.[1];
    if (header !== undefined) {
      section = keyParts(header);
      return { text: line, kind: 'header', path: section };
    }
    const key = line.slice(0, Math.max(equalsSign(line), 0)).trim();
    if (key === '') return { text: line, kind: 'other', path: [] };
    return { text: line, kind: 'key', path: [...section, ...keyParts(key)] };
  });
}

/** Where the keys and sections of a text stand, by their paths as JSON. */
export function positionsIn(text: string): ReadonlyMap<string, Position> {
  const positions = new Map<string, Position>();
  for (const [index, line] of readLines(text).entries()) {
    const id = JSON.stringify(line.path);
    if (line.kind === 'other' || positions.has(id)) continue;
    positions.set(id, { line: index + 1, column: line.text.search(/\S/) + 1 });
  }
  return positions;
}

/** The parts of a line with a key; undefined when it has none. */
export function splitKeyLine(line: string): KeyLine | undefined {
  const equals = equalsSign(line);
  if (equals < 0) return undefined;
  const start = line.length - line.slice(equals + 1).trimStart().length;
  const end = endOfString(line, start) ?? endOfValue(line, start);
  return { start: line.slice(0, start), value: line.slice(start, end), end: line.slice(end) };
}

/** The place of the sign behind a key, which may be quoted; -1 when there is no key. */
function equalsSign(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === '=') return at;
    if (character === '"' || character === "'") {
      at = line.indexOf(character, at + 1);
      if (at < 0) return -1;
    } else if (!/[\w.\s-]/.test(character)) {
      return -1;
    }
  }
  return -1;
}

/** Where a string ends that is the whole value; undefined when the value is something else. */
function endOfString(line: string, start: number): number | undefined {
  const quote = line[start];
  if (quote !== '"' && quote !== "'") return undefined;
  let end = start + 1;
  while (end < line.length && line[end] !== quote) {
    end += quote === '"' && line[end] === '\\' ? 2 : 1;
  }
  const rest = line.slice(end + 1).trimStart();
  return rest === '' || rest.startsWith('#') ? Math.min(end + 1, line.length) : undefined;
}

/** Where the value ends: at a comment, and before the blanks in front of it. */
function endOfValue(line: string, start: number): number {
  const comment = line.indexOf('#', start);
  return start + line.slice(start, comment < 0 ? undefined : comment).trimEnd().length;
}

function keyParts(text: string): string[] {
  const parts = text.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return parts.map((part) => part.replace(/^(["'])(.*)\1$/, '$2'));
}
