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

/** Where a text that has come to these places is after these bytes more; nowhere: no match. */
export function passOn(wildcard: Wildcard, from: Places, text: string): Places {
  let places = from;
  for (let i = 0; i < text.length && places.length > 0; i++) {
    places = passByte(wildcard, places, text.charCodeAt(i));
  }
  return places;
}

/** Whether a text that has come to these places is what the pattern says. */
export function isAtEnd({ tokens }: Wildcard, places: Places): boolean {
  return places.at(-1) === tokens.length;
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

function textOf(tokens: readonly number[]): string | undefined {
  if (tokens.some((token) => token >= ANY)) return undefined;
  return tokens.map((byte) => String.fromCharCode(byte)).join('');
}

function passByte(wildcard: Wildcard, places: Places, byte: number): Places {
  const { loops } = wildcard;
  const next: number[] = [];
  // A place leads to itself and to the two behind it at most. So what comes is in ascending order,
  // and what is not above the last one is there already.
  let last = -1;
  for (const place of places) {
    if (place > last && stays(loops[place], byte)) {
      last = place;
      next.push(last);
    }
    if (!leads(wildcard, place, byte)) continue;
    if (place + 1 > last) {
      last = place + 1;
      next.push(last);
    }
    if (loops[place + 1] === SKIPPABLE && place + 2 > last) {
      last = place + 2;
      next.push(last);
    }
  }
  return next;
}

function stays(loop: Loop | undefined, byte: number): boolean {
  return loop === NAME ? byte !== SLASH : loop !== NOTHING;
}

function leads({ tokens, classes }: Wildcard, place: number, byte: number): boolean {
  const token = tokens[place] ?? -1;
  if (token < ANY) return token === byte;
  return token === ANY ? byte !== SLASH : classes[token - CLASSES]?.[byte] === 1;
}
