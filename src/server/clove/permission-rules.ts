/**
 * Whether a path, command or domain is among those that permissions name. What this keeps an agent
 * from is a mistake; what keeps it from the host is the sandbox that its commands run in.
 */

import { homedir } from 'node:os';

const compiled = new Map<string, RegExp>();
const MOST_COMPILED = 1000;

/** Whether a path is allowed: `*` stops at a slash, and an empty list allows everything. */
export function isAllowedPath(path: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => globOf(pattern, false).test(path));
}

/** Whether a path, or one above it, is blocked: what begins with `*` counts at any depth. */
export function isBlockedPath(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => globOf(pattern, true).test(path));
}

/**
 * Whether a command line holds one that is blocked, wherever it stands. With a pipe in the pattern
 * anything may stand before the pipe.
 */
export function isBlockedCommand(command: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => commandPattern(pattern).test(command));
}

/** Whether a command line is that of one allowed program, and of nothing else. */
export function isAllowedCommand(command: string, programs: readonly string[]): boolean {
  if (programs.length === 0 || programs.includes('*')) return true;
  const [program = ''] = command.trim().split(/\s+/);
  return programs.includes(program) && !/[;&|`$<>()\n]/.test(command);
}

/** Whether a domain is allowed; `*.example.org` stands for those below it, `*` for all. */
export function isAllowedDomain(domain: string, patterns: readonly string[]): boolean {
  const name = domain.toLowerCase().replace(/\.$/, '');
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase();
    if (wanted === '*') return true;
    return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
  });
}

function globOf(pattern: string, isBlocking: boolean): RegExp {
  return remembered(`${isBlocking} ${pattern}`, () => {
    const path = pattern.startsWith('~/') ? homedir() + pattern.slice(1) : pattern;
    const isAnywhere = isBlocking && path.startsWith('*/');
    const source = (isAnywhere ? path.slice(1) : path)
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]');
    return new RegExp(`^${isAnywhere ? '.*' : ''}${source}${isBlocking ? '(?:/.*)?' : ''}$`, 's');
  });
}

function commandPattern(pattern: string): RegExp {
  return remembered(`command ${pattern}`, () => {
    const source = pattern
      .replace(/[.*+?^${}()[\]\\]/g, '\\$&')
      .split('|')
      .map((part) => part.trim().replace(/\s+/g, '\\s*'))
      .join(pattern.includes(' | ') ? '[^\\n]*\\|\\s*' : '\\s*\\|\\s*');
    const begins = /^\w/.test(pattern) ? '(?<!\\w)' : '';
    const ends = /\w$/.test(pattern) ? '(?!\\w)' : '';
    return new RegExp(`${begins}${source}${pattern.endsWith(' ') ? '(?:\\s|$)' : ends}`, 's');
  });
}

function remembered(key: string, make: () => RegExp): RegExp {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  // Clients choose patterns; what they choose must not fill memory.
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  const made = make();
  compiled.set(key, made);
  return made;
}
