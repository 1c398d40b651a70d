/**
 * Glob patterns of `include`, `exclude` and audit filters, on minimatch with bounds, so that no
 * pattern can keep the process busy.
 */

import { Minimatch } from 'minimatch';
import { AgentFSError, wrongType } from './errors.ts';
import type { TreePath } from './path.ts';

const MAX_PATTERN_LENGTH = 1024;
const MAX_PATTERNS = 1000;
const MAX_STARS = 16;
const MAX_BRACE_ALTERNATIVES = 64;

/** Says whether a path matches. */
export type PathMatcher = (path: TreePath) => boolean;

/**
 * Compiles patterns into one matcher that is true when any of them matches.
 *
 * A pattern without a slash matches the name at any depth (`*.ts`); one with a slash matches from
 * the root (`docs/*.md`, a leading slash is allowed); `**` crosses directories; dot-files match.
 * `docs`, `docs/` and `docs/**` all match everything below `docs`.
 *
 * @throws {TypeError} INVALID_ARGUMENT when `patterns` is not an array of strings.
 * @throws {AgentFSError} INVALID_PATTERN for a pattern that is empty, longer than 1,024 characters,
 *   or has more than 16 wildcards, an extended group (`+(a|b)`), or above 64 brace alternatives.
 */
export function compileGlobs(patterns: readonly string[], name: string): PathMatcher {
  if (!Array.isArray(patterns)) throw wrongType(name, 'an array of glob patterns', patterns);
  if (patterns.length > MAX_PATTERNS) {
    throw invalid(name, `holds more than ${MAX_PATTERNS} patterns`, `${patterns.length} patterns`);
  }
  const compiled = patterns.flatMap((pattern: unknown, index) =>
    compileOne(pattern, `${name}[${index}]`),
  );
  return (path) => compiled.some((glob) => glob.match(path));
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

function compileOne(pattern: unknown, name: string): Minimatch[] {
  if (typeof pattern !== 'string') throw wrongType(name, 'a glob pattern (string)', pattern);
  const problem = patternProblem(pattern);
  if (problem !== undefined) throw invalid(name, problem, pattern);
  const trimmed = pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  if (trimmed === '') throw invalid(name, 'is empty', pattern);
  const anchored = trimmed.includes('/') || /^\.?\//.test(pattern);
  const rooted = anchored || trimmed.startsWith('**') ? trimmed : `**/${trimmed}`;
  const options = { dot: true, nocomment: true, nonegate: true, noext: true };
  const below = rooted.endsWith('/**') ? [] : [`${rooted}/**`];
  return [rooted, ...below].map((glob) => new Minimatch(glob, options));
}

function patternProblem(pattern: string): string | undefined {
  if (pattern.trim() === '') return 'is empty';
  if (pattern.length > MAX_PATTERN_LENGTH) return `is longer than ${MAX_PATTERN_LENGTH} characters`;
  if (pattern.includes('\0')) return 'contains a NUL character';
  if ((pattern.match(/\*+/g)?.length ?? 0) > MAX_STARS)
    return `has more than ${MAX_STARS} wildcards`;
  // Alternatives multiply over groups, and a range counts as what it expands to.
  if (/\.\./.test(pattern) && pattern.includes('{')) return 'has a brace range';
  let alternatives = 1;
  for (const group of pattern.matchAll(/\{[^{}]*/g)) {
    alternatives *= group[0].split(',').length;
    if (alternatives > MAX_BRACE_ALTERNATIVES) {
      return `expands to more than ${MAX_BRACE_ALTERNATIVES} alternatives`;
    }
  }
  return undefined;
}

function invalid(name: string, problem: string, pattern: string): AgentFSError {
  return new AgentFSError(
    'INVALID_PATTERN',
    `${name} ${problem}: ${JSON.stringify(pattern.slice(0, 80))}.`,
    { hint: 'Use a short pattern such as src/** or *.test.ts.' },
  );
}
