/** How git writes path names in patches: plain where possible, else quoted as a C string. */

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/**
 * Writes a path as git does with its default settings. A quote, a backslash, a control character
 * or a byte outside ASCII puts the whole name in double quotes, with C escapes and octal bytes.
 *
 * @param path - the path, with its `a/` or `b/` where one belongs.
 */
export function quoteGitPath(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point.
  if (!/[\x00-\x1f"\\\x7f-\uffff]/.test(path)) return path;
  return `"${escapeBytes(path)}"`;
}

/**
 * Writes a path for a list that people read: as git does with `core.quotePath` off, where letters
 * of all languages stay. What a terminal would take for an order, or that turns the direction of
 * writing, is escaped all the same.
 */
export function quotePathInList(path: string): string {
  if (!/["\\]/.test(path) && path.search(UNSAFE) < 0) return path;
  const escaped = path.replace(/["\\]/g, '\\$&').replace(UNSAFE, escapeBytes);
  return `"${escaped}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point.
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escapeBytes(text: string): string {
  const escaped = Array.from(Buffer.from(text), (byte) => {
    const known = ESCAPES.get(byte);
    if (known !== undefined) return known;
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return escaped.join('');
}
