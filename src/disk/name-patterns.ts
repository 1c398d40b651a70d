/** Rules that are about names alone, at any depth: literal ones by their text, others one by one. */

import {
  type Answer,
  LiteralAnswer,
  type Rule,
  SILENCE,
  type Trial,
  tryEach,
} from './ignore-answer.ts';
import type { PatternForm } from './ignore-pattern.ts';
import { isMatch, longestText } from './wildcard.ts';

interface NameTrial extends Trial {
  readonly matches: (name: string) => boolean;
}

/** Such rules. Names are strings of bytes. */
export class NamePatterns {
  readonly #literals = new Map<string, LiteralAnswer>();
  readonly #trials: NameTrial[] = [];

  /** @param rules - the strongest first. */
  constructor(rules: readonly Rule[]) {
    for (const rule of rules) this.#add(rule);
  }

  get isEmpty(): boolean {
    return this.#literals.size === 0 && this.#trials.length === 0;
  }

  answer(name: string, isDirectory: boolean): Answer {
    const literal = this.#literals.get(name)?.get(isDirectory) ?? SILENCE;
    return tryEach(this.#trials, isDirectory, literal, (trial) => trial.matches(name));
  }

  #add(rule: Rule): void {
    const { form, onlyDirectories } = rule.pattern;
    if (form.kind !== 'literal') {
      this.#trials.push({ answer: rule.answer, onlyDirectories, matches: matcherOf(form) });
      return;
    }
    const literal = this.#literals.get(form.text) ?? new LiteralAnswer();
    literal.add(rule);
    this.#literals.set(form.text, literal);
  }
}

function matcherOf(form: Exclude<PatternForm, { kind: 'literal' }>): NameTrial['matches'] {
  if (form.kind === 'suffix') return (name) => name.endsWith(form.text);
  const { wildcard } = form;
  const text = longestText(wildcard);
  // Most names do not have it, and to look for it is quicker than to match.
  return (name) => name.includes(text) && isMatch(wildcard, wildcard.start, name);
}
