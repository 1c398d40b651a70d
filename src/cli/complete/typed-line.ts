/** Understands a command line that is not complete yet: what is named, and what is to come. */

import type { Option } from 'commander';
import { GROUPS, VERBS, type VerbEntry } from '../verb-table.ts';

/** Where the word that is being typed stands. */
export interface Place {
  /** The command that is named; undefined while none is. */
  readonly entry: VerbEntry | undefined;
  /** The group whose command is to come. */
  readonly group: string | undefined;
  /** The words before the command. */
  readonly leading: readonly string[];
  /** The words behind it. */
  readonly rest: readonly string[];
}

/** What the words behind a command are. */
export interface Reading {
  readonly positionals: readonly string[];
  /** Values of options, by the long name without dashes. */
  readonly values: ReadonlyMap<string, string>;
  /** The option whose value is to come. */
  readonly pending: Option | undefined;
  /** Whether `-` begins no option any more. */
  readonly isLiteral: boolean;
}

/** Puts together again what bash takes for three words: `--format=js`. */
export function joinEquals(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    const continues = before?.startsWith('--') === true && (word === '=' || before.endsWith('='));
    if (continues) joined.push(joined.pop() + word);
    else joined.push(word);
  }
  return joined;
}

/** Finds the command; undefined when a word names none. */
export function locate(words: readonly string[], globals: readonly Option[]): Place | undefined {
  let group: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word.startsWith('-')) {
      if (findOption(globals, word)?.required === true) i += 1;
      continue;
    }
    const leading = words.slice(0, i);
    const entry = entryOf(group, word);
    if (entry !== undefined) return { entry, group, leading, rest: words.slice(i + 1) };
    const usual = usualEntry(group);
    if (usual !== undefined) return { entry: usual, group, leading, rest: words.slice(i) };
    if (group !== undefined || !GROUPS.some(({ name }) => name === word)) return undefined;
    group = word;
  }
  return { entry: undefined, group, leading: words, rest: [] };
}

/** The command that a group means when none is named. */
export function usualEntry(group: string | undefined): VerbEntry | undefined {
  const usual = GROUPS.find(({ name }) => name === group)?.usual;
  return VERBS.find(({ words }) => words === usual);
}

/**
 * Reads the words behind a command.
 *
 * @param endsAtFirst - whether what follows the first argument belongs to another program.
 */
export function readWords(
  words: readonly string[],
  options: readonly Option[],
  endsAtFirst: boolean,
): Reading {
  const positionals: string[] = [];
  const values = new Map<string, string>();
  let pending: Option | undefined;
  let isLiteral = false;
  for (const word of words) {
    if (pending !== undefined) {
      values.set(pending.name(), word);
      pending = undefined;
    } else if (isLiteral || !word.startsWith('-') || word === '-') {
      positionals.push(word);
      isLiteral ||= endsAtFirst;
    } else {
      isLiteral = word === '--';
      pending = readFlag(word, options, values);
    }
  }
  return { positionals, values, pending, isLiteral };
}

/** Notes an option; returns it when its value is to come. */
function readFlag(
  word: string,
  options: readonly Option[],
  values: Map<string, string>,
): Option | undefined {
  const [flag = '', ...value] = word.split('=');
  const option = findOption(options, flag);
  if (option?.required === true && value.length === 0) return option;
  if (option !== undefined) values.set(option.name(), value.join('='));
  return undefined;
}

/** The option that a word is, such as `-w` or `--workspace`. */
export function findOption(options: readonly Option[], flag: string): Option | undefined {
  return options.find(({ short, long }) => flag === short || flag === long);
}

function entryOf(group: string | undefined, word: string): VerbEntry | undefined {
  const wanted = group === undefined ? word : `${group} ${word}`;
  return VERBS.find(({ words }) => words === wanted);
}
