/**
 * The patterns of one file with rules, read line by line as git reads a `.gitignore`. Text here is
 * a string of bytes: one character, from U+0000 to U+00FF, for each.
 */

import { MAX_PATH_BYTES } from '../primitives/limits.ts';
import { compileWildcard, hasWildcards } from './compile-wildcard.ts';
import { literalText, suffixText, type Wildcard } from './wildcard.ts';

/** One pattern. */
export interface IgnorePattern {
  /** With a `!` before it: what matches is re-included. */
  readonly isNegated: boolean;
  /** With a slash behind it. */
  readonly onlyDirectories: boolean;
  /** Compared with the path below the file's directory; otherwise with the name alone. */
  readonly isPath: boolean;
  readonly form: PatternForm;
}

/** What a name or path must be, end with, or match. */
export type PatternForm =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'suffix'; readonly text: string }
  | { readonly kind: 'wildcard'; readonly wildcard: Wildcard };

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** What a pattern costs besides its bytes, and what each name in a path does. */
const PATTERN_COST = 16;
const NAME_COST = 32;
/** What a byte costs: patterns with wildcards are tried one by one, and paths are the longest. */
const BYTE_COST = { literal: 1, name: 128, path: 256 } as const;

/** The text as a string of its bytes in UTF-8. */
export function byteString(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}

/** What patterns were found, and what they cost. */
export interface ParsedPatterns {
  /** Without those that can match nothing. */
  readonly patterns: readonly IgnorePattern[];
  readonly cost: number;
}

/** The lines of a file with rules. */
export function linesOf(content: Uint8Array): string[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const text = bytes.toString('latin1');
  return text.slice(text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0).split('\n');
}

/** The patterns of these lines; undefined as soon as they cost more than `budget`. */
export function parsePatterns(
  lines: readonly string[],
  budget: number,
): ParsedPatterns | undefined {
  const patterns: IgnorePattern[] = [];
  let cost = 0;
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    const text = lineText(line);
    cost += costOf(text);
    if (cost > budget) return undefined;
    const pattern = parsePattern(text);
    if (pattern !== undefined) patterns.push(pattern);
  }
  return { patterns, cost };
}

function costOf(line: string): number {
  const slashes = line.split('/').length - 1;
  const wildcardKind = slashes > 0 && line.indexOf('/') < line.length - 1 ? 'path' : 'name';
  const kind = hasWildcards(line) ? wildcardKind : 'literal';
  return PATTERN_COST + slashes * NAME_COST + line.length * BYTE_COST[kind];
}

/** What counts of a line: up to a NUL, and without spaces or one carriage return at its end. */
function lineText(line: string): string {
  const nul = line.indexOf('\0');
  if (nul >= 0) return withoutSpaces(line.slice(0, nul));
  return withoutSpaces(line.endsWith('\r') ? line.slice(0, -1) : line);
}

/** Spaces at the end go, up to one that is escaped; tabs stay. */
function withoutSpaces(line: string): string {
  if (!line.endsWith(' ')) return line;
  let end = 0;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === ' ') continue;
    end = i + 1;
  }
  return line.slice(0, end);
}

function parsePattern(line: string): IgnorePattern | undefined {
  const isNegated = line.startsWith('!');
  const onlyDirectories = line.length > (isNegated ? 1 : 0) && line.endsWith('/');
  const pattern = line.slice(isNegated ? 1 : 0, onlyDirectories ? -1 : undefined);
  if (pattern === '') return undefined;
  const name = pattern.includes('/') ? nameAtAnyDepth(pattern) : pattern;
  const isPath = name === undefined;
  const form = formOf(name ?? (pattern.startsWith('/') ? pattern.slice(1) : pattern), isPath);
  if (form === undefined) return undefined;
  return { isNegated, onlyDirectories, isPath, form };
}

/** The name that a pattern of two stars, a slash and a name is for: at any depth, too. */
function nameAtAnyDepth(pattern: string): string | undefined {
  return /^\/?\*{2,}\/([^/]+)$/.exec(pattern)?.[1];
}

function formOf(pattern: string, isPath: boolean): PatternForm | undefined {
  if (!hasWildcards(pattern)) return literalForm(pattern);
  const wildcard = compileWildcard(pattern, isPath);
  if (wildcard === undefined) return undefined;
  const literal = literalText(wildcard);
  if (literal !== undefined) return literalForm(literal);
  const suffix = isPath ? undefined : suffixText(wildcard);
  return suffix === undefined ? { kind: 'wildcard', wildcard } : { kind: 'suffix', text: suffix };
}

function literalForm(text: string): PatternForm | undefined {
  return text === '' || text.length > MAX_PATH_BYTES ? undefined : { kind: 'literal', text };
}
