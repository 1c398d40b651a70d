/** JSON of strangers: bounded in depth, and with no name twice, which parsers read differently. */

import { AgentFSError } from '../../index.ts';

const MOST_DEPTH = 100;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a text.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT when it is not JSON, is nested more than 100 deep, or has a
 *   name twice in an object.
 */
export function parseStrictJson(text: string): unknown {
  checkShape(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong('is not JSON', cause);
  }
}

/**
 * The same for bytes.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT also when they are not UTF-8.
 */
export function parseStrictBytes(bytes: Uint8Array | ArrayBuffer): unknown {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch (cause) {
    throw wrong('is not UTF-8', cause);
  }
  return parseStrictJson(text);
}

/** Looks at brackets and names before the parser does, which would go as deep as the text says. */
function checkShape(text: string): void {
  const open: Set<string>[] = [];
  let string = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      string = text.slice(at, end + 1);
      at = end;
    } else if (char === ':') {
      addName(open.at(-1), string);
    } else if (char === '{' || char === '[') {
      if (open.push(new Set()) > MOST_DEPTH) throw wrong(`is nested more than ${MOST_DEPTH} deep`);
    } else if (char === '}' || char === ']') {
      open.pop();
    }
  }
}

function addName(names: Set<string> | undefined, string: string): void {
  const name = nameOf(string);
  if (names?.has(name) === true) throw wrong(`has the name ${name} twice`);
  names?.add(name);
}

/** The index of the quote that ends the string which begins at `from`; the last one when none does. */
function endOfString(text: string, from: number): number {
  let end = from;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length - 1;
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

function nameOf(string: string): string {
  if (!string.includes('\\')) return string;
  try {
    return JSON.stringify(JSON.parse(string));
  } catch {
    // The parser will say what is wrong with it.
    return string;
  }
}

function wrong(problem: string, cause?: unknown): AgentFSError {
  return new AgentFSError('INVALID_ARGUMENT', `The request ${problem}.`, {
    hint: 'Send a JSON object in UTF-8.',
    cause,
  });
}
