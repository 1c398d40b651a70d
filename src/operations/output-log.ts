/** The end of what a process has printed, for a reader who says how far it has come. */

/** What is kept, in UTF-16 units. */
const MOST: number = 512 * 1024;

/** A part of the output. */
export interface LoggedText {
  readonly text: string;
  /** What was printed before that and is not kept any more, in UTF-16 units. */
  readonly lost: number;
  /** Where to go on. */
  readonly cursor: number;
}

/** Keeps the end of a text that grows. */
export class OutputLog {
  #text = '';
  #begin = 0;

  /** How much came so far. */
  get end(): number {
    return this.#begin + this.#text.length;
  }

  add(text: string): void {
    this.#text += text;
    // Not with each piece, which would copy all of it each time.
    if (this.#text.length > 2 * MOST) this.#cut();
  }

  /** What came after `cursor`, `limit` units at most. */
  read(cursor: number, limit: number): LoggedText {
    if (this.#text.length > MOST) this.#cut();
    const from = Math.min(Math.max(cursor, this.#begin), this.end);
    const start = from - this.#begin;
    const text = this.#text.slice(start, wholeEnd(this.#text, start + limit));
    return { text, lost: Math.max(this.#begin - cursor, 0), cursor: from + text.length };
  }

  #cut(): void {
    const cut = wholeEnd(this.#text, this.#text.length - MOST);
    this.#text = this.#text.slice(cut);
    this.#begin += cut;
  }
}

/** The end, or one before it where that would be inside a character. */
function wholeEnd(text: string, end: number): number {
  const before = text.charCodeAt(end - 1);
  return end < text.length && before >= 0xd800 && before < 0xdc00 ? end - 1 : end;
}
