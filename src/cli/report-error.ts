/** How an error is told: what failed, what to do next, and no stack unless somebody asks for it. */

import type { Call } from './call.ts';
import { codeOf } from './exit-status.ts';
import { hintFor, placeHint } from './hints.ts';
import { Interrupted } from './interrupts.ts';
import { inJson, oneLine } from './visible.ts';

const MOST_CONFLICTS = 20;

/** An error as people and programs are told of it. */
interface Report {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Tells of an error on standard error: in words, or with `--json` as one line of JSON. */
export function reportError(error: unknown, { output, globals, inWorkspace }: Call): void {
  const report = describe(error, inWorkspace);
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

function describe(error: unknown, inWorkspace: string): Report {
  if (!(error instanceof Error))
    return { code: 'UNKNOWN', message: String(error), hint: undefined };
  const code = codeOf(error) ?? 'INTERNAL';
  if (error instanceof Interrupted) return { code, message: error.message, hint: undefined };
  if (code.startsWith('commander.')) return describeUsage(error.message);
  const own: unknown = Reflect.get(error, 'hint');
  const hint = hintFor(code, typeof own === 'string' ? own : undefined);
  return { code, message: error.message, hint: hint && placeHint(hint, inWorkspace) };
}

/** The parser of arguments puts its suggestion on a line of its own. */
function describeUsage(text: string): Report {
  const [first = '', ...rest] = text.replace(/^error: /, '').split('\n');
  const said = inWords(first);
  const message = `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/[^.]$/, '$&.');
  const suggestion = rest
    .join(' ')
    .trim()
    .replace(/^\((.*)\)$/, '$1');
  return { code: 'USAGE', message, hint: suggestion || 'See agentfs --help.' };
}

/** What the parser says of values, as the options that agentfs reads itself say it. */
function inWords(text: string): string {
  const [, without] = /^option '(.*)' argument missing$/.exec(text) ?? [];
  if (without !== undefined) return `${longName(without)} needs a value`;
  const wrong =
    /^(?:option '(?<option>.*)' argument|command-argument value) '(?<value>.*)' is invalid(?: for argument '(?<argument>.*)')?\. Allowed choices are (?<choices>.*)\.$/s;
  const { option, argument, value, choices } = wrong.exec(text)?.groups ?? {};
  if (choices === undefined) return text;
  const name = option === undefined ? `'${argument}'` : longName(option);
  return `${name} takes one of ${choices}; not '${value}'`;
}

/** `--message` of `-m, --message <text>`. */
function longName(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
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
