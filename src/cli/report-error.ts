/** How an error is told: what failed, what to do next, and no stack unless somebody asks for it. */

import { codeOf } from './exit-status.ts';
import type { Globals } from './globals.ts';
import { hintFor } from './hints.ts';
import { Interrupted } from './interrupts.ts';
import type { Output } from './output.ts';
import { inJson, oneLine } from './visible.ts';

const MOST_CONFLICTS = 20;

/** An error as people and programs are told of it. */
interface Report {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Tells of an error on standard error: in words, or with `--json` as one line of JSON. */
export function reportError(error: unknown, output: Output, globals: Globals): void {
  const report = describe(error);
  // Who sent the signal knows.
  if (error instanceof Interrupted && !globals.json && !globals.verbose) return;
  if (globals.json) {
    output.complain(inJson(JSON.stringify({ error: { ...plainData(error), ...report } })));
    return;
  }
  const { red, dim, yellow } = output.errorStyle;
  output.complain(`${red('error:')} ${oneLine(report.message)}`);
  for (const path of conflictsOf(error)) {
    output.complain(`  ${yellow('conflict:')} ${oneLine(path)}`);
  }
  if (report.hint !== undefined) output.complain(`${dim('hint:')} ${oneLine(report.hint)}`);
  if (!globals.verbose || !(error instanceof Error)) return;
  for (const line of stackOf(error).split('\n')) output.complain(dim(oneLine(line)));
}

function describe(error: unknown): Report {
  if (!(error instanceof Error))
    return { code: 'UNKNOWN', message: String(error), hint: undefined };
  const code = codeOf(error) ?? 'INTERNAL';
  if (error instanceof Interrupted) return { code, message: error.message, hint: undefined };
  if (code.startsWith('commander.')) return describeUsage(error.message);
  const hint: unknown = Reflect.get(error, 'hint');
  return {
    code,
    message: error.message,
    hint: hintFor(code, typeof hint === 'string' ? hint : undefined),
  };
}

/** The parser of arguments puts its suggestion on a line of its own. */
function describeUsage(text: string): Report {
  const [first = '', ...rest] = text.replace(/^error: /, '').split('\n');
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/[^.]$/, '$&.');
  const suggestion = rest
    .join(' ')
    .trim()
    .replace(/^\((.*)\)$/, '$1');
  return { code: 'USAGE', message, hint: suggestion || 'See agentfs --help.' };
}

function plainData(error: unknown): object {
  const toJson: unknown = error instanceof Error ? Reflect.get(error, 'toJSON') : undefined;
  const data: unknown = typeof toJson === 'function' ? toJson.call(error) : undefined;
  const conflicts: unknown = error instanceof Error ? Reflect.get(error, 'conflicts') : undefined;
  return { ...Object(data), ...(conflicts === undefined ? {} : { conflicts }) };
}

function conflictsOf(error: unknown): string[] {
  const conflicts: unknown = error instanceof Error ? Reflect.get(error, 'conflicts') : undefined;
  if (!Array.isArray(conflicts)) return [];
  const lines = conflicts.slice(0, MOST_CONFLICTS).map((each) => `${each.path} (${each.type})`);
  const more = conflicts.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by: ${stackOf(error.cause)}` : stack;
}
