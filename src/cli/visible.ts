/**
 * Text of which a terminal, or a reader, might make something else than it says: escape sequences,
 * line ends in a name, marks that turn the direction of writing. They are shown as what they are.
 */

/** Control characters, both line separators, and the marks by which text is reordered. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The colours and styles that this program uses, and no other sequence; see picocolors. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what they begin with.
const STYLE = /(\u001b\[(?:[0-47]|2[2-47]|3[0-79]|9[0-7])m)/;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };

/** A name, message or description as one line without anything hidden. */
export function oneLine(text: string): string {
  return text.replace(HIDDEN, (character) => SHORT[character] ?? escapeOf(character));
}

/** A line that may have been styled by this program. */
export function styledLine(text: string): string {
  return text
    .split(STYLE)
    .map((part) => (STYLE.test(part) ? part : part.split('\t').map(oneLine).join('\t')))
    .join('');
}

/** Text of many lines, such as a patch; tabs stay as well. */
export function manyLines(text: string): string {
  return text.replace(HIDDEN, (character) =>
    character === '\n' || character === '\t'
      ? character
      : (SHORT[character] ?? escapeOf(character)),
  );
}

/** A path, in quotes as in JSON when it would break the line, or look like two. */
export function quotedPath(path: string): string {
  const isPlain = path.search(HIDDEN) < 0 && !/["\\]| -> |^ | $/.test(path);
  return isPlain ? path : inJson(JSON.stringify(path));
}

/** JSON means the same with these escaped; what it escapes by itself is only what it must. */
export function inJson(json: string): string {
  return json.replace(HIDDEN, (character) =>
    character === '\n' ? character : `\\u${codeOf(character).padStart(4, '0')}`,
  );
}

function escapeOf(character: string): string {
  const code = codeOf(character);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
