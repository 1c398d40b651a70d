/**
 * Patterns with wildcards, run as a finite automaton: a set of places in the pattern goes through
 * the text, byte by byte. So no pattern takes more steps than its length times that of the text,
 * and a path can be taken up again where that of its directory has ended.
 *
 * Texts are strings of bytes: one character, from U+0000 to U+00FF, for each.
 */

/** A pattern: place `n` is the one before its token `n`, and behind the last token is the end. */
export interface Wildcard {
  /** What takes a text from a place to the next: a byte, `ANY`, or a class from `CLASSES` on. */
  readonly tokens: readonly number[];
  /** What passes at a place, without leaving it; one more than tokens. */
  readonly loops: readonly Loop[];
  /** For each class the bytes that belong to it: 1 or 0. */
  readonly classes: readonly Uint8Array[];
  /** Where every text begins. */
  readonly start: Places;
}

/**
 * Nothing, as nearly everywhere; for a star any bytes but a slash; for two stars any bytes. With
 * `SKIPPABLE` the token, which is a slash, can be left out along with what passes here.
 */
export type Loop = 0 | 1 | 2 | 3;

export const NOTHING = 0;
export const NAME = 1;
export const PATH = 2;
export const SKIPPABLE = 3;

/** The token for any byte but a slash. */
export const ANY = 256;
/** The token of the first class. */
export const CLASSES = 257;
export const SLASH = 47;

/** Where a text may have come to in a pattern: places, in ascending order. */
export type Places = readonly number[];

const NOWHERE: Places = [];

/** Where a text that has come to these places is after these bytes more; nowhere: no match. */
export function passOn(wildcard: Wildcard, from: Places, text: string): Places {
  const count = pass(wildcard, from, text);
  return count === 0 ? NOWHERE : current.slice(0, count);
}

/** Whether a text that has come to these places, and goes on like this, is what the pattern says. */
export function isMatch(wildcard: Wildcard, from: Places, rest: string): boolean {
  const count = pass(wildcard, from, rest);
  return count > 0 && current[count - 1] === wildcard.tokens.length;
}

/** Whether the pattern has this very name, and a slash, before a place. */
export function endsWithName({ tokens, loops }: Wildcard, place: number, name: string): boolean {
  const start = place - name.length - 1;
  if (start < 0 || (start > 0 && tokens[start - 1] !== SLASH)) return false;
  for (let i = 0; i < name.length; i++) {
    if (tokens[start + i] !== name.charCodeAt(i) || loops[start + i] !== NOTHING) return false;
  }
  return tokens[place - 1] === SLASH && loops[place - 1] === NOTHING;
}

/** The text that the pattern stands for when it has no wildcards. */
export function literalText({ tokens, loops }: Wildcard): string | undefined {
  return loops.every((loop) => loop === NOTHING) ? textOf(tokens) : undefined;
}

/** The text that a name must end with when that is all the pattern says, as in `*.log`. */
export function suffixText({ tokens, loops }: Wildcard): string | undefined {
  const isSuffix = loops.every((loop, place) => loop === (place === 0 ? NAME : NOTHING));
  return isSuffix ? textOf(tokens) : undefined;
}

/** The longest text that everything has in it which the pattern stands for. */
export function longestText({ tokens, loops }: Wildcard): string {
  let [longest, run] = ['', ''];
  for (const [place, token] of tokens.entries()) {
    const isSame = loops[place] === NOTHING && token < ANY;
    run = (isSame ? run : '') + (token < ANY ? String.fromCharCode(token) : '');
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

function textOf(tokens: readonly number[]): string | undefined {
  if (tokens.some((token) => token >= ANY)) return undefined;
  return tokens.map((byte) => String.fromCharCode(byte)).join('');
}

// Places before and after a byte. All calls share them, as matching is what a scan does most.
let current: number[] = [];
let next: number[] = [];

/** Leaves the places that a text comes to in `current`, and gives their number. */
function pass(wildcard: Wildcard, from: Places, text: string): number {
  let count = 0;
  for (const place of from) current[count++] = place;
  for (let i = 0; i < text.length && count > 0; i++) {
    count = passByte(wildcard, count, text.charCodeAt(i));
    [current, next] = [next, current];
  }
  return count;
}

/** Writes to `next` where the first places of `current` lead, and gives the number. */
function passByte(wildcard: Wildcard, currentCount: number, byte: number): number {
  const { loops } = wildcard;
  let count = 0;
  // A place leads to itself and to the two behind it at most. So what comes is in ascending order,
  // and what is not above the last one is there already.
  let last = -1;
  for (let i = 0; i < currentCount; i++) {
    const place = current[i] ?? 0;
    if (place > last && stays(loops[place], byte)) {
      last = place;
      next[count++] = last;
    }
    if (!leads(wildcard, place, byte)) continue;
    if (place + 1 > last) {
      last = place + 1;
      next[count++] = last;
    }
    if (loops[place + 1] === SKIPPABLE && place + 2 > last) {
      last = place + 2;
      next[count++] = last;
    }
  }
  return count;
}

function stays(loop: Loop | undefined, byte: number): boolean {
  return loop === NAME ? byte !== SLASH : loop !== NOTHING;
}

function leads({ tokens, classes }: Wildcard, place: number, byte: number): boolean {
  const token = tokens[place] ?? -1;
  if (token < ANY) return token === byte;
  return token === ANY ? byte !== SLASH : classes[token - CLASSES]?.[byte] === 1;
}
