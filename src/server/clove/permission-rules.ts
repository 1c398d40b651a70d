/**
 * Whether a path, command or domain is among those that permissions name. What this keeps an agent
 * from is a mistake; what keeps it from the host is the sandbox that its commands run in.
 */

import { homedir } from 'node:os';

const compiled = new Map<string, readonly RegExp[]>();
const MOST_COMPILED = 1000;

/** Whether a path is allowed: `*` stops at a slash, and an empty list allows everything. */
export function isAllowedPath(path: string, patterns: readonly string[]): boolean {
  const parts = path.split('/');
  return (
    patterns.length === 0 ||
    patterns.some((pattern) => {
      const wanted = atHome(pattern).split('/');
      return wanted.length === parts.length && beginsWith(parts, wanted, 0);
    })
  );
}

/** Whether a path, or one above it, is blocked: what begins with `*` counts at any depth. */
export function isBlockedPath(path: string, patterns: readonly string[]): boolean {
  const parts = path.split('/');
  return patterns.some((pattern) => {
    const isAnywhere = pattern.startsWith('*/');
    const wanted = (isAnywhere ? pattern.slice(2) : atHome(pattern)).split('/');
    return isAnywhere
      ? parts.some((_, at) => at > 0 && beginsWith(parts, wanted, at))
      : beginsWith(parts, wanted, 0);
  });
}

/**
 * Whether a command line holds one that is blocked, wherever it stands. With a pipe in the pattern
 * anything may stand before the pipe.
 */
export function isBlockedCommand(command: string, patterns: readonly string[]): boolean {
  const lines = command.replace(/\|\s*\n/g, '| ').split('\n');
  return patterns.some((pattern) => {
    const [first, ...rest] = commandPattern(pattern);
    if (rest.length === 0) return first?.test(command) === true;
    return lines.some((line) => areInOrder(line, [first, ...rest]));
  });
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

function atHome(pattern: string): string {
  return pattern.startsWith('~/') ? homedir() + pattern.slice(1) : pattern;
}

function beginsWith(parts: readonly string[], wanted: readonly string[], at: number): boolean {
  return wanted.every((pattern, index) => {
    const part = parts[at + index];
    return part !== undefined && isLike(part, pattern);
  });
}

/** Whether a name matches `*` and `?`; in a time that no pattern makes long. */
function isLike(name: string, pattern: string): boolean {
  let [inName, inPattern] = [0, 0];
  let star = -1;
  let resume = 0;
  while (inName < name.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      inPattern += 1;
      resume = inName;
    } else if (wanted === '?' || wanted === name[inName]) {
      inName += 1;
      inPattern += 1;
    } else if (star >= 0) {
      // The last star takes one more; those before it need never be tried again.
      resume += 1;
      inName = resume;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(inPattern));
}

/** Whether each is found behind the one before, the first of all that there are. */
function areInOrder(line: string, parts: readonly (RegExp | undefined)[]): boolean {
  let rest = line;
  return parts.every((part) => {
    const found = part?.exec(rest) ?? undefined;
    if (found === undefined) return false;
    rest = rest.slice(found.index + found[0].length);
    return true;
  });
}

/** The parts of a pattern between pipes with room around them: anything may stand before such a pipe. */
function commandPattern(pattern: string): readonly RegExp[] {
  return remembered(pattern, () => {
    const parts = pattern.split(' | ');
    return parts.map((part, index) => {
      const isLast = index === parts.length - 1;
      const source = part
        .replace(/[.*+?^${}()[\]\\]/g, '\\$&')
        .split('|')
        .map((each) => each.trim().replace(/\s+/g, '\\s*'))
        .join('\\s*\\|\\s*');
      const begins = index === 0 && /^\w/.test(pattern) ? '(?<!\\w)' : '';
      const ends = isLast && /\w$/.test(pattern) ? '(?!\\w)' : '';
      const room = isLast && pattern.endsWith(' ') ? '(?:\\s|$)' : ends;
      const whole = `${index === 0 ? begins : '\\|\\s*'}${source}${room}`;
      // Two in a row could share what is there in many ways.
      return new RegExp(whole.replace(/(?:\\s\*){2,}/g, '\\s*'), 's');
    });
  });
}

function remembered(key: string, make: () => readonly RegExp[]): readonly RegExp[] {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  // Clients choose patterns; what they choose must not fill memory.
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  const made = make();
  compiled.set(key, made);
  return made;
}
