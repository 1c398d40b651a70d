/**
 * Says what may come next on a command line that somebody is typing. Loads one verb at most, never
 * the library, and answers with nothing where it knows nothing.
 */

import { Command } from 'commander';
import { addAliases } from '../aliases.ts';
import { addGlobals } from '../globals.ts';
import { GROUPS, VERBS, type VerbEntry } from '../verb-table.ts';
import { oneLine } from '../visible.ts';
import { findOption, joinEquals, locate, readWords, usualEntry } from './typed-line.ts';
import { type Candidate, type Completion, type Known, valuesOf } from './values.ts';

/** Where the line is typed. */
export type CompletionHost = Pick<Known, 'env' | 'cwd'>;

const NOTHING: Completion = { candidates: [] };

/**
 * Answers the scripts of the shells, in lines that they understand. Who types is not told of errors.
 *
 * @param current - `=` and what is typed of the word.
 * @param before - the words between `agentfs` and that one.
 */
export async function answerShell(
  [current = '=', ...before]: readonly string[],
  host: CompletionHost,
): Promise<string[]> {
  const { candidates, files } = await complete(before, current.slice(1), host).catch(() => NOTHING);
  const lines = candidates.map(({ value, description = '' }) => {
    const [words = ''] = description.split('\n');
    return `${oneLine(value)}\t${oneLine(words.replaceAll('\t', ' '))}`;
  });
  return files === undefined ? lines : [...lines, `:${files}`];
}

async function complete(
  before: readonly string[],
  typed: string,
  host: CompletionHost,
): Promise<Completion> {
  const words = joinEquals([...before, typed]);
  const current = words.pop() ?? '';
  const program = new Command();
  addGlobals(program, { hidden: false });
  const place = locate(words, program.options);
  if (place === undefined) return NOTHING;
  const { entry, group } = place;
  const command = entry === undefined ? program : await defined(entry);
  const { registeredArguments: all, options } = command;
  const globals = readWords(place.leading, program.options, false);
  const endsAtFirst = all.some((each) => each.name() === 'command');
  const reading = entry === undefined ? globals : readWords(place.rest, options, endsAtFirst);
  const { pending, isLiteral, positionals } = reading;
  const values = new Map([...globals.values, ...reading.values]);
  const known: Known = { ...host, verb: entry?.words, positionals, values };
  if (pending !== undefined) return valuesOf(pending, known, current);
  if (!isLiteral && current.startsWith('-')) {
    // Bash replaces what is behind the sign, other shells the whole word.
    return optionsFor(command, known, { word: current, isWhole: typed === current });
  }
  if (entry === undefined) return namesFor(group, known, current);
  const last = all.at(-1);
  const argument = all[positionals.length] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? NOTHING : valuesOf(argument, known, current);
}

async function defined(entry: VerbEntry): Promise<Command> {
  const command = new Command();
  (await entry.load()).verb.define(command);
  addAliases(command, entry.words);
  addGlobals(command, { hidden: true });
  return command;
}

/** The options, or of `--option=value` the values. */
async function optionsFor(
  { options }: Command,
  known: Known,
  { word, isWhole }: { readonly word: string; readonly isWhole: boolean },
): Promise<Completion> {
  const equals = word.indexOf('=');
  if (equals < 0) {
    const visible = options.filter(({ hidden }) => !hidden);
    const flags = visible.map(({ long, description }) => ({ value: long ?? '', description }));
    const help = { value: '--help', description: 'show help' };
    return { candidates: startingWith([...flags, help], word) };
  }
  const option = findOption(options, word.slice(0, equals));
  if (option === undefined) return NOTHING;
  const { candidates, ...rest } = await valuesOf(option, known, word.slice(equals + 1));
  const prefix = isWhole ? word.slice(0, equals + 1) : '';
  const prefixed = candidates.map((each) => ({ ...each, value: prefix + each.value }));
  return { candidates: prefixed, ...rest };
}

/** Commands; of a group that means one by itself, also what that one takes. */
async function namesFor(
  group: string | undefined,
  known: Known,
  current: string,
): Promise<Completion> {
  const start = group === undefined ? '' : `${group} `;
  const verbs = VERBS.filter(({ words }) => words.startsWith(start))
    .map(({ words, summary }) => ({ value: words.slice(start.length), description: summary }))
    .filter(({ value }) => !value.includes(' '));
  const groups = GROUPS.map(({ name, summary }) => ({ value: name, description: summary }));
  const names = startingWith(group === undefined ? [...verbs, ...groups] : verbs, current);
  const usual = usualEntry(group);
  const [argument] = usual === undefined ? [] : (await defined(usual)).registeredArguments;
  if (argument === undefined) return { candidates: names };
  const more = await valuesOf(argument, { ...known, verb: usual?.words }, current);
  return { ...more, candidates: [...names, ...more.candidates] };
}

function startingWith(candidates: readonly Candidate[], start: string): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(start));
}
