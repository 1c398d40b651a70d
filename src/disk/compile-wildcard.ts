/** Reads patterns with wildcards as git's wildmatch does, over strings of bytes. */

import { readCharacterClass } from './character-class.ts';
import {
  ANY,
  CLASSES,
  type Loop,
  NAME,
  NOTHING,
  PATH,
  SKIPPABLE,
  SLASH,
  type Wildcard,
} from './wildcard.ts';

const SPECIAL = /[*?[\\]/;

/** Whether a pattern is more than plain text. */
export function hasWildcards(pattern: string): boolean {
  return SPECIAL.test(pattern);
}

/**
 * Compiles a pattern.
 *
 * @param isPath - whether it is for paths, and two stars in it cross directories.
 * @returns undefined when it can match nothing: a class or an escape in it has no end.
 */
export function compileWildcard(pattern: string, isPath: boolean): Wildcard | undefined {
  const draft = new Draft(pattern, isPath);
  let at: number | undefined = 0;
  while (at !== undefined && at < pattern.length) at = draft.take(at);
  return at === undefined ? undefined : draft.finish();
}

/** A pattern that is being read. */
class Draft {
  readonly #pattern: string;
  readonly #isPath: boolean;
  readonly #firstSpecial: number;
  readonly #tokens: number[] = [];
  readonly #loops: Loop[] = [NOTHING];
  readonly #classes: Uint8Array[] = [];

  constructor(pattern: string, isPath: boolean) {
    this.#pattern = pattern;
    this.#isPath = isPath;
    this.#firstSpecial = pattern.search(SPECIAL);
  }

  /** Takes in what stands at a place, and gives the place behind; undefined if it has no end. */
  take(at: number): number | undefined {
    switch (this.#pattern[at]) {
      case '*':
        return this.#takeStars(at);
      case '[':
        return this.#takeClass(at);
      case '?':
        return this.#add(ANY, at + 1);
      case '\\':
        return at + 1 < this.#pattern.length ? this.#takeByte(at + 1) : undefined;
      default:
        return this.#takeByte(at);
    }
  }

  finish(): Wildcard {
    const [tokens, loops, classes] = [this.#tokens, this.#loops, this.#classes];
    return { tokens, loops, classes, start: loops[0] === SKIPPABLE ? [0, 1] : [0] };
  }

  #takeByte(at: number): number {
    return this.#add(this.#pattern.charCodeAt(at), at + 1);
  }

  #takeClass(at: number): number | undefined {
    const found = readCharacterClass(this.#pattern, at);
    if (found === undefined) return undefined;
    this.#classes.push(found.members);
    return this.#add(CLASSES + this.#classes.length - 1, found.end);
  }

  #takeStars(start: number): number {
    let end = start;
    while (this.#pattern[end] === '*') end++;
    const loop = this.#isPath ? this.#loopOf(start, end) : NAME;
    if (loop !== SKIPPABLE) {
      this.#loops[this.#tokens.length] = loop;
      return end;
    }
    // Another one right before it is enough.
    if (this.#loops.at(-2) === SKIPPABLE) return end + 1;
    this.#loops[this.#tokens.length] = SKIPPABLE;
    return this.#add(SLASH, end + 1);
  }

  /**
   * Two stars cross directories only where they stand alone between slashes. But git cuts off what
   * comes before the first wildcard, and takes two stars there for the beginning of the pattern.
   */
  #loopOf(start: number, end: number): Loop {
    const pattern = this.#pattern;
    const isAlone = start === this.#firstSpecial || pattern[start - 1] === '/';
    if (end - start < 2 || !isAlone) return NAME;
    if (pattern[end] === '/') return SKIPPABLE;
    return end === pattern.length || pattern.startsWith('\\/', end) ? PATH : NAME;
  }

  #add(token: number, end: number): number {
    this.#tokens.push(token);
    this.#loops.push(NOTHING);
    return end;
  }
}
