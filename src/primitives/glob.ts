/**
 * Glob patterns of `include`, `exclude` and audit filters, on minimatch with bounds, so that no
 * pattern can keep the process busy.
 */

import { braceExpand, Minimatch } from 'minimatch';
import { AgentFSError, wrongType } from './errors.ts';
import { isWithin, type TreePath } from './path.ts';

const MAX_PATTERN_LENGTH = 1024;
const MAX_STARS = 16;
const MAX_BRACES = 32;
const MAX_BRACKETS = 32;
const MAX_ALTERNATIVES = 64;

// Of all patterns, counted after braces are expanded. Those with wildcards are compared with each
// path from each of its directories on.
const MAX_PATTERNS = 1000;
const MAX_TOTAL_LENGTH = 65_536;
const MAX_WILDCARD_LENGTH = 16_384;

const WILDCARD = /[*?[]/;
const SPECIAL = /[*?[\\{]/;

/** Says whether a path matches. */
export type PathMatcher = (path: TreePath) => boolean;

/**
 * Compiles patterns into one matcher that is true when any of them matches.
 *
 * A pattern without a slash matches the name at any depth (`*.ts`); one with a slash matches from
 * the root (`docs/*.md`, a leading slash is allowed); `**` crosses directories; dot-files match.
 * `docs`, `docs/` and `docs/**` all match everything below `docs`. `{a,b/c}` stands for the two
 * patterns `a` and `b/c`; `!`, `#` and groups such as `+(a|b)` are plain text. What is called just
 * like a pattern, such as `app/[slug]`, is matched by it, too.
 *
 * @throws {TypeError} INVALID_ARGUMENT when `patterns` is not an array of strings.
 * @throws {AgentFSError} INVALID_PATTERN for a pattern that is empty or longer than 1,024
 *   characters, has a `..` component, more than 16 wildcards, 32 braces, 32 brackets or 64 brace
 *   alternatives; and for more than 1,000 patterns, 65,536 characters, or 16,384 in patterns with
 *   wildcards, in all.
 */
export function compileGlobs(patterns: readonly string[], name: string): PathMatcher {
  if (!Array.isArray(patterns)) throw wrongType(name, 'an array of glob patterns', patterns);
  const matchers: PathMatcher[] = [];
  const total = { patterns: 0, length: 0, wildcardLength: 0 };
  for (const [index, pattern] of patterns.entries()) {
    const alternatives = expand(pattern, `${name}[${index}]`);
    if (SPECIAL.test(pattern)) matchers.push(namesake(pattern));
    for (const alternative of alternatives) {
      total.patterns += 1;
      total.length += alternative.length;
      if (WILDCARD.test(alternative)) total.wildcardLength += alternative.length;
      // Before it is compiled, which takes its time as well.
      if (isTooMuch(total)) {
        throw invalid(name, 'holds too many patterns', `${patterns.length} patterns`);
      }
      for (const glob of compileAlternative(alternative, `${name}[${index}]`, pattern)) {
        matchers.push((path) => glob.match(path));
      }
    }
  }
  return (path) => matchers.some((matches) => matches(path));
}

function isTooMuch(total: {
  readonly patterns: number;
  readonly length: number;
  readonly wildcardLength: number;
}): boolean {
  return (
    total.patterns > MAX_PATTERNS ||
    total.length > MAX_TOTAL_LENGTH ||
    total.wildcardLength > MAX_WILDCARD_LENGTH
  );
}

/** True for paths that `include` names (all, when it is absent) and `exclude` does not. */
export function compileSelection(
  include: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
): PathMatcher {
  const included = include === undefined ? undefined : compileGlobs(include, 'include');
  const excluded = exclude === undefined ? undefined : compileGlobs(exclude, 'exclude');
  return (path) => (included?.(path) ?? true) && !(excluded?.(path) ?? false);
}

/** The pattern without braces: as the patterns that it stands for. */
function expand(pattern: unknown, name: string): string[] {
  if (typeof pattern !== 'string') throw wrongType(name, 'a glob pattern (string)', pattern);
  const problem = textProblem(pattern);
  if (problem !== undefined) throw invalid(name, problem, pattern);
  const alternatives = braceExpand(pattern, { braceExpandMax: MAX_ALTERNATIVES + 1 });
  if (alternatives.length > MAX_ALTERNATIVES) {
    throw invalid(name, `expands to more than ${MAX_ALTERNATIVES} alternatives`, pattern);
  }
  if (alternatives.length === 0) throw invalid(name, 'is empty', pattern);
  return alternatives;
}

function textProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return `is longer than ${MAX_PATTERN_LENGTH} characters`;
  if (pattern.includes('\0')) return 'contains a NUL character';
  if (!pattern.isWellFormed()) return 'is not well-formed Unicode (a lone surrogate)';
  if (count(pattern, /\*+/g) > MAX_STARS) return `has more than ${MAX_STARS} wildcards`;
  // Unbalanced or deeply nested braces take the expansion a time that grows with their square.
  if (count(pattern, /\{/g) > MAX_BRACES) return `has more than ${MAX_BRACES} braces`;
  // For each that is not closed, the rest of the pattern is read again.
  if (count(pattern, /\[/g) > MAX_BRACKETS) return `has more than ${MAX_BRACKETS} brackets`;
  return undefined;
}

/** Matches what is called like the pattern, and what lies below it. */
function namesake(pattern: string): PathMatcher {
  const text = trim(pattern);
  if (isAnchored(pattern)) return (path) => isWithin(path, text as TreePath);
  return (path) => `/${path}/`.includes(`/${text}/`);
}

/** The pattern without the slashes around it. */
function trim(pattern: string): string {
  return pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');
}

/** Whether the pattern begins at the root; otherwise it is for a name at any depth. */
function isAnchored(pattern: string): boolean {
  return /^\.?\//.test(pattern) || trim(pattern).includes('/');
}

function compileAlternative(alternative: string, name: string, pattern: string): Minimatch[] {
  const trimmed = trim(alternative);
  // An empty alternative, as in `{a,}`, would match every path.
  if (trimmed.trim() === '' || trimmed === '.') throw invalid(name, 'is empty', pattern);
  if (trimmed.split('/').includes('..')) throw invalid(name, "has a '..' component", pattern);
  const rooted = trimmed === '**' || isAnchored(alternative) ? trimmed : `**/${trimmed}`;
  const below = rooted.endsWith('/**') || rooted === '**' ? [] : [`${rooted}/**`];
  const options = { dot: true, nobrace: true, nocomment: true, nonegate: true, noext: true };
  return [rooted, ...below].map((glob) => new Minimatch(glob, options));
}

function count(text: string, part: RegExp): number {
  return text.match(part)?.length ?? 0;
}

function invalid(name: string, problem: string, pattern: string): AgentFSError {
  return new AgentFSError(
    'INVALID_PATTERN',
    `${name} ${problem}: ${JSON.stringify(pattern.slice(0, 80))}.`,
    { hint: 'Use a short pattern such as src/** or *.test.ts.' },
  );
}
