/**
 * Rules that are about paths, as they are for the names in one directory. Entering a directory
 * leaves those that can still match below it, so that no part of a path is compared twice.
 */

import {
  type Answer,
  isReincluding,
  LiteralAnswer,
  type Rule,
  SILENCE,
  type Trial,
  tryEach,
} from './ignore-answer.ts';
import { endsWithName, isMatch, type Places, passOn, type Wildcard } from './wildcard.ts';

/** The literal paths that begin with the way to a directory, by the next name. */
interface Branch {
  /** What is said of the way itself. */
  literal?: LiteralAnswer;
  below?: Map<string, Branch>;
  /** Whether a rule re-includes something below. */
  reincludesBelow?: boolean;
}

/** A path with wildcards, and how far the way to the directory has led in it. */
interface PathTrial extends Trial {
  readonly wildcard: Wildcard;
  readonly places: Places;
}

/** Such rules. Names are strings of bytes. */
export class PathPatterns {
  readonly #branch: Branch | undefined;
  readonly #trials: readonly PathTrial[];

  private constructor(branch: Branch | undefined, trials: readonly PathTrial[]) {
    this.#branch = branch;
    this.#trials = trials;
  }

  /** For the directory that the paths begin in. @param rules - the strongest first. */
  static of(rules: readonly Rule[]): PathPatterns {
    const root: Branch = {};
    const trials: PathTrial[] = [];
    for (const rule of rules) {
      const { form, onlyDirectories } = rule.pattern;
      if (form.kind === 'wildcard') {
        const { wildcard } = form;
        trials.push({ answer: rule.answer, onlyDirectories, wildcard, places: wildcard.start });
      } else {
        addBranch(root, form.text.split('/'), rule);
      }
    }
    return new PathPatterns(goingOn(root), trials);
  }

  get isEmpty(): boolean {
    return this.#branch === undefined && this.#trials.length === 0;
  }

  /** How many rules have to be tried. */
  get trials(): number {
    return this.#trials.length;
  }

  answer(name: string, isDirectory: boolean): Answer {
    const literal = this.#branch?.below?.get(name)?.literal?.get(isDirectory) ?? SILENCE;
    return tryEach(this.#trials, isDirectory, literal, ({ wildcard, places }) =>
      isMatch(wildcard, places, name),
    );
  }

  /** What is left of the rules in a directory; the same object when nothing has changed. */
  enter(name: string): PathPatterns {
    const branch = goingOn(this.#branch?.below?.get(name));
    const trials = enterEach(this.#trials, `${name}/`);
    if (branch === this.#branch && trials === this.#trials) return this;
    return new PathPatterns(branch, trials);
  }

  /** Whether a rule re-includes something below a directory, and calls that by its name. */
  reincludesBelow(name: string): boolean {
    if (this.#branch?.below?.get(name)?.reincludesBelow === true) return true;
    return this.#trials.some(
      ({ answer, wildcard, places }) =>
        isReincluding(answer) &&
        passOn(wildcard, places, `${name}/`).some((place) => endsWithName(wildcard, place, name)),
    );
  }
}

/** The branch, if there is anything below it. */
function goingOn(branch: Branch | undefined): Branch | undefined {
  return branch?.below === undefined ? undefined : branch;
}

function addBranch(root: Branch, names: readonly string[], rule: Rule): void {
  let branch = root;
  for (const name of names) {
    if (rule.pattern.isNegated) branch.reincludesBelow = true;
    branch.below ??= new Map();
    const next = branch.below.get(name) ?? {};
    branch.below.set(name, next);
    branch = next;
  }
  branch.literal ??= new LiteralAnswer();
  branch.literal.add(rule);
}

/** The trials that go on in a directory; the same array when all do, and stay where they were. */
function enterEach(trials: readonly PathTrial[], step: string): readonly PathTrial[] {
  const entered: PathTrial[] = [];
  let isSame = true;
  for (const trial of trials) {
    const places = passOn(trial.wildcard, trial.places, step);
    const stays = isEqual(places, trial.places);
    isSame &&= stays;
    if (stays) entered.push(trial);
    else if (places.length > 0) entered.push({ ...trial, places });
  }
  return isSame ? trials : entered;
}

function isEqual(left: Places, right: Places): boolean {
  return left.length === right.length && left.every((place, i) => place === right[i]);
}
