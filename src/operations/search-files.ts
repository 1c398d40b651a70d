/** Finds files by name and lines by what stands in them. */

import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { createContext, Script } from 'node:vm';
import { AgentFSError, type FileInfo, type Workspace } from '../index.ts';
import { MAX_CONTENT_BYTES } from './fields.ts';
import { readCursor } from './page.ts';

/** What is looked for. A file counts when its name and a line of it match what is given. */
export interface Search {
  readonly path: string;
  /** Text that a line has. */
  readonly text?: string | undefined;
  /** A regular expression that a line matches. */
  readonly regex?: string | undefined;
  readonly ignoreCase: boolean;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A file, or with `text` or `regex` a line of one. */
export interface Match {
  readonly path: string;
  /** From 1; absent where no lines were looked for. */
  readonly line?: number;
  readonly text?: string;
}

/** The matches in order of their paths. */
export interface Found {
  readonly matches: readonly Match[];
  readonly nextCursor?: string;
}

const LONGEST_LINE = 1000;
const LONGEST_REGEX = 1000;
/** A regular expression that takes longer for a file is one that would never end. */
const REGEX_MS = 1000;

/**
 * Searches files, a page at a time.
 *
 * @param files - in the order in which they are searched.
 * @throws {AgentFSError} INVALID_PATTERN for a regular expression that is none, or takes too long;
 *   INVALID_ARGUMENT for a wrong cursor; ABORTED.
 */
export async function searchFiles(
  workspace: Workspace,
  files: readonly FileInfo[],
  search: Search,
  signal: AbortSignal,
): Promise<Found> {
  const [done, skipped] = readPosition(search.cursor);
  const linesOf = lineFinder(search);
  const matches: Match[] = [];
  for (const [index, file] of files.entries()) {
    if (index < done) continue;
    // Others want to be served too, and to stop this.
    await setImmediate();
    if (signal.aborted) throw new AgentFSError('ABORTED', 'The search was stopped.');
    const found = await matchesIn(workspace, file, linesOf);
    const rest = index === done ? found.slice(skipped) : found;
    const room = search.limit - matches.length;
    matches.push(...rest.slice(0, room));
    const given = found.length - rest.length + Math.min(room, rest.length);
    if (matches.length < search.limit) continue;
    if (given < found.length) return { matches, nextCursor: `${index}:${given}` };
    return index + 1 < files.length ? { matches, nextCursor: `${index + 1}:0` } : { matches };
  }
  return { matches };
}

type LineFinder = (text: string) => Omit<Match, 'path'>[];

async function matchesIn(
  workspace: Workspace,
  { path, size }: FileInfo,
  linesOf: LineFinder | undefined,
): Promise<Match[]> {
  if (linesOf === undefined) return [{ path }];
  if (size > MAX_CONTENT_BYTES) return [];
  const bytes = await workspace.readFile(path);
  if (bytes.subarray(0, 8000).includes(0) || !isUtf8(bytes)) return [];
  return linesOf(bytes.toString()).map((match) => ({ path, ...match }));
}

function lineFinder({ text, regex, ignoreCase }: Search): LineFinder | undefined {
  if (text === undefined && regex === undefined) return undefined;
  const matcher = regex === undefined ? undefined : new LineMatcher(regex, ignoreCase);
  const wanted = ignoreCase ? text?.toLowerCase() : text;
  return (whole) => {
    const lines = whole.split('\n');
    const numbers = matcher?.matching(lines) ?? lines.keys();
    return [...numbers]
      .filter((index) => {
        const line = lines[index] ?? '';
        return wanted === undefined || (ignoreCase ? line.toLowerCase() : line).includes(wanted);
      })
      .map((index) => ({ line: index + 1, text: (lines[index] ?? '').slice(0, LONGEST_LINE) }));
  };
}

/** A regular expression that somebody else has written: it may take for ever, and is stopped. */
class LineMatcher {
  readonly #context: { lines: readonly string[]; readonly regex: RegExp };
  readonly #script = new Script(
    'lines.flatMap((line, index) => (regex.test(line) ? [index] : []))',
  );

  constructor(source: string, ignoreCase: boolean) {
    if (source.length > LONGEST_REGEX) throw invalid(`is longer than ${LONGEST_REGEX} characters`);
    try {
      this.#context = { lines: [], regex: new RegExp(source, ignoreCase ? 'iu' : 'u') };
    } catch (error) {
      throw invalid(`is wrong: ${error instanceof Error ? error.message : error}`);
    }
    createContext(this.#context);
  }

  /** The indexes of the lines that match. */
  matching(lines: readonly string[]): readonly number[] {
    this.#context.lines = lines;
    try {
      return Array.from(this.#script.runInContext(this.#context, { timeout: REGEX_MS }), Number);
    } catch {
      throw invalid('takes too long');
    }
  }
}

function readPosition(cursor: string | undefined): readonly [file: number, match: number] {
  const [file, match = '0'] = cursor?.split(':') ?? [];
  return [readCursor(file), readCursor(match)];
}

function invalid(problem: string): AgentFSError {
  return new AgentFSError('INVALID_PATTERN', `regex ${problem}.`, {
    hint: 'Give a regular expression of JavaScript that matches within a line, or text instead.',
  });
}
