/** What the patterns of one list say of a name, in a form that is quick to compare. */

import type { IgnorePattern } from './ignore-pattern.ts';

/**
 * The number of the deciding pattern times two, and one more when that re-includes: of two answers
 * the greater one counts.
 */
export type Answer = number;

/** No pattern matches. */
export const SILENCE: Answer = -1;

/** A pattern and what it says of all that it matches. */
export interface Rule {
  readonly pattern: IgnorePattern;
  readonly answer: Answer;
}

/** The rules of these patterns, of which the last is the strongest; that one comes first. */
export function rulesOf(patterns: readonly IgnorePattern[]): Rule[] {
  return patterns
    .map((pattern, number) => ({ pattern, answer: number * 2 + (pattern.isNegated ? 1 : 0) }))
    .reverse();
}

/** Whether the deciding pattern re-includes the name. */
export function isReincluding(answer: Answer): boolean {
  return answer % 2 === 1;
}

/** The answers of all rules for one text. */
export class LiteralAnswer {
  #always: Answer = SILENCE;
  #asDirectory: Answer = SILENCE;

  add({ pattern, answer }: Rule): void {
    if (pattern.onlyDirectories) this.#asDirectory = Math.max(this.#asDirectory, answer);
    else this.#always = Math.max(this.#always, answer);
  }

  get(isDirectory: boolean): Answer {
    return isDirectory ? Math.max(this.#always, this.#asDirectory) : this.#always;
  }
}

/** A rule that has to be tried. */
export interface Trial {
  readonly answer: Answer;
  readonly onlyDirectories: boolean;
}

/** The answer of the first trial that matches, if it is above `least`; the strongest is first. */
export function tryEach<T extends Trial>(
  trials: readonly T[],
  isDirectory: boolean,
  least: Answer,
  matches: (trial: T) => boolean,
): Answer {
  for (const trial of trials) {
    if (trial.answer < least) return least;
    if ((isDirectory || !trial.onlyDirectories) && matches(trial)) return trial.answer;
  }
  return least;
}
