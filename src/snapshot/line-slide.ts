/**
 * Moves changes to the place where people expect them. When the line after an inserted or deleted
 * run equals its first line, the run can stand anywhere in between; this picks git's choice: beside
 * a change of the other side where there is one, else as far down as possible.
 */

/** One side of an aligned diff: its lines, and a 1 for each that has no partner. */
export interface MarkedLines {
  readonly lines: readonly string[];
  readonly changed: Uint8Array;
}

/**
 * Slides the changed runs of both sides in place. The aligned lines stay equal in pairs, and the
 * number of changed lines stays the same.
 */
export function slideChanges(before: MarkedLines, after: MarkedLines): void {
  slideSide(before, after);
  slideSide(after, before);
}

/**
 * A run of changed lines, possibly empty, between two unchanged lines (or an end). The n-th group
 * of one side always stands opposite the n-th group of the other.
 */
class Group {
  readonly #lines: readonly string[];
  readonly #changed: Uint8Array;
  start = 0;
  end = 0;

  constructor(side: MarkedLines) {
    this.#lines = side.lines;
    this.#changed = side.changed;
    this.#extendDown();
  }

  get size(): number {
    return this.end - this.start;
  }

  next(): boolean {
    if (this.end >= this.#lines.length) return false;
    this.start = this.end + 1;
    this.end = this.start;
    this.#extendDown();
    return true;
  }

  previous(): void {
    this.end = this.start - 1;
    this.start = this.end;
    this.#extendUp();
  }

  /** Moves the group a line down, swallowing the group that it touches then. */
  slideDown(): boolean {
    if (this.end >= this.#lines.length) return false;
    if (this.#lines[this.start] !== this.#lines[this.end]) return false;
    this.#changed[this.start++] = 0;
    this.#changed[this.end++] = 1;
    this.#extendDown();
    return true;
  }

  /** Moves the group a line up, swallowing the group that it touches then. */
  slideUp(): boolean {
    if (this.start === 0) return false;
    if (this.#lines[this.start - 1] !== this.#lines[this.end - 1]) return false;
    this.#changed[--this.start] = 1;
    this.#changed[--this.end] = 0;
    this.#extendUp();
    return true;
  }

  #extendDown(): void {
    while (this.#changed[this.end] === 1) this.end++;
  }

  #extendUp(): void {
    while (this.start > 0 && this.#changed[this.start - 1] === 1) this.start--;
  }
}

function slideSide(side: MarkedLines, opposite: MarkedLines): void {
  const group = new Group(side);
  const other = new Group(opposite);
  do {
    if (group.size > 0) slideGroup(group, other);
    other.next();
  } while (group.next());
}

/** Slides one group; `other` is the group opposite of it before and after. */
function slideGroup(group: Group, other: Group): void {
  let besideOther = -1;
  let topmost: number;
  let size: number;
  // Again when it has swallowed a neighbour: a larger group may slide further.
  do {
    size = group.size;
    while (group.slideUp()) other.previous();
    topmost = group.end;
    besideOther = other.size > 0 ? group.end : -1;
    while (group.slideDown()) {
      other.next();
      if (other.size > 0) besideOther = group.end;
    }
  } while (size !== group.size);
  if (group.end === topmost || besideOther < 0) return;
  while (other.size === 0 && group.slideUp()) other.previous();
}
