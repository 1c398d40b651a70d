/** The rules of one place, such as the rule files of a directory, for the names in a directory. */

import { type Answer, isReincluding, rulesOf, SILENCE } from './ignore-answer.ts';
import type { IgnorePattern } from './ignore-pattern.ts';
import { NamePatterns } from './name-patterns.ts';
import { PathPatterns } from './path-patterns.ts';

/** What a list says of a name; undefined when it says nothing. */
export type Verdict = 'ignored' | 'reincluded' | undefined;

/** Such rules. Names are strings of bytes. */
export class IgnoreList {
  readonly #names: NamePatterns;
  readonly #paths: PathPatterns;

  private constructor(names: NamePatterns, paths: PathPatterns) {
    this.#names = names;
    this.#paths = paths;
  }

  /** For the directory that the patterns are relative to; the last pattern that matches decides. */
  static of(patterns: readonly IgnorePattern[]): IgnoreList {
    const rules = rulesOf(patterns);
    return new IgnoreList(
      new NamePatterns(rules.filter(({ pattern }) => !pattern.isPath)),
      PathPatterns.of(rules.filter(({ pattern }) => pattern.isPath)),
    );
  }

  /** Whether it says nothing of any name, here and below. */
  get isEmpty(): boolean {
    return this.#names.isEmpty && this.#paths.isEmpty;
  }

  /** How many patterns for paths have to be tried. */
  get trials(): number {
    return this.#paths.trials;
  }

  /** What the rules say of a name in the directory. */
  verdict(name: string, isDirectory: boolean): Verdict {
    const answer: Answer = Math.max(
      this.#names.answer(name, isDirectory),
      this.#paths.answer(name, isDirectory),
    );
    if (answer === SILENCE) return undefined;
    return isReincluding(answer) ? 'reincluded' : 'ignored';
  }

  /** The list for a directory in this one. */
  enter(name: string): IgnoreList {
    const paths = this.#paths.enter(name);
    return paths === this.#paths ? this : new IgnoreList(this.#names, paths);
  }

  /** Whether a rule re-includes something below a directory, and calls that by its name. */
  reincludesBelow(name: string): boolean {
    return this.#paths.reincludesBelow(name);
  }
}
