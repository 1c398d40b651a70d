/**
 * Classes of characters such as `[a-z]`, `[!.]` or `[[:digit:]]`, read as git's wildmatch reads
 * them. A character is a byte; only those of ASCII have names.
 */

const BACKSLASH = 92;
const SLASH = 47;
const DASH = 45;
const OPENING = 91;

/** A class, and where the pattern goes on behind it. */
export interface CharacterClass {
  /** For each byte whether it belongs to the class: 1 or 0. A slash never does. */
  readonly members: Uint8Array;
  readonly end: number;
}

/** @param pattern - one character a byte. @returns undefined for a class that is malformed. */
export function readCharacterClass(pattern: string, start: number): CharacterClass | undefined {
  const mark = pattern[start + 1];
  const isNegated = mark === '!' || mark === '^';
  const members = new Uint8Array(256);
  const end = addMembers(members, pattern, start + (isNegated ? 2 : 1));
  if (end === undefined) return undefined;
  if (isNegated) {
    for (let byte = 0; byte < 256; byte++) members[byte] = members[byte] === 1 ? 0 : 1;
  }
  members[SLASH] = 0;
  return { members, end };
}

/** Adds what stands up to the closing bracket, and gives the place behind it. */
function addMembers(members: Uint8Array, pattern: string, start: number): number | undefined {
  let at = start;
  // With what a range may begin; nothing after a range or a named class.
  let previous = 0;
  do {
    const item = readItem(pattern, at, previous);
    if (item === undefined) return undefined;
    if (item.name === undefined) members.fill(1, item.from, item.to + 1);
    else if (!addNamed(members, item.name)) return undefined;
    previous = item.isRange ? 0 : item.to;
    at = item.end;
  } while (pattern[at] !== ']');
  return at + 1;
}

/** One byte, a range of bytes, or a named class. */
interface Item {
  readonly from: number;
  readonly to: number;
  readonly name: string | undefined;
  /** No range can begin with it. */
  readonly isRange: boolean;
  readonly end: number;
}

function readItem(pattern: string, at: number, previous: number): Item | undefined {
  const byte = pattern.charCodeAt(at);
  if (byte === DASH && previous !== 0 && at + 1 < pattern.length && pattern[at + 1] !== ']') {
    const last = readByte(pattern, at + 1);
    if (last === undefined) return undefined;
    return { from: previous, to: last.byte, name: undefined, isRange: true, end: last.end };
  }
  if (byte === OPENING && pattern[at + 1] === ':') {
    const close = pattern.indexOf(']', at + 2);
    if (close < 0) return undefined;
    if (close > at + 2 && pattern[close - 1] === ':') {
      const name = pattern.slice(at + 2, close - 1);
      return { from: 0, to: 0, name, isRange: true, end: close + 1 };
    }
  }
  const single = readByte(pattern, at);
  if (single === undefined) return undefined;
  return { from: single.byte, to: single.byte, name: undefined, isRange: false, end: single.end };
}

function readByte(pattern: string, at: number): { byte: number; end: number } | undefined {
  const place = pattern.charCodeAt(at) === BACKSLASH ? at + 1 : at;
  if (place >= pattern.length) return undefined;
  return { byte: pattern.charCodeAt(place), end: place + 1 };
}

// From the first to the last byte, one pair of characters a range.
const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ['alnum', ['09', 'AZ', 'az']],
  ['alpha', ['AZ', 'az']],
  ['blank', ['\t\t', '  ']],
  ['cntrl', ['\0\x1f', '\x7f\x7f']],
  ['digit', ['09']],
  ['graph', ['!~']],
  ['lower', ['az']],
  ['print', [' ~']],
  ['punct', ['!/', ':@', '[`', '{~']],
  // Without vertical tab and form feed, as git has it.
  ['space', ['\t\n', '\r\r', '  ']],
  ['upper', ['AZ']],
  ['xdigit', ['09', 'AF', 'af']],
]);

function addNamed(members: Uint8Array, name: string): boolean {
  const ranges = NAMED.get(name);
  for (const range of ranges ?? []) members.fill(1, range.charCodeAt(0), range.charCodeAt(1) + 1);
  return ranges !== undefined;
}
