/** A patch in colours, with the words marked that differ in lines that were changed. */

import fastDiff from 'fast-diff';
import type { Style } from '../output.ts';

/** Lines above this are coloured as a whole: their words are not read. */
const MAX_LINE = 1_000;
/** Of which part two lines must be equal so that one counts as the other, changed. */
const LEAST_COMMON = 0.4;
/** Code units that stand for words: below the surrogates. */
const MAX_WORDS = 0xd7ff;

/** Colours a unified diff. */
export function colorDiff(text: string, style: Style): string {
  const painter = new DiffPainter(style);
  for (const line of text.split('\n')) painter.add(line);
  return painter.finish();
}

/** Takes lines one by one, and holds those back that may have a counterpart. */
class DiffPainter {
  readonly #style: Style;
  readonly #painted: string[] = [];
  #removed: string[] = [];
  #added: string[] = [];
  #inHunk = false;

  constructor(style: Style) {
    this.#style = style;
  }

  add(line: string): void {
    if (line.startsWith('diff ')) this.#inHunk = false;
    const sign = this.#inHunk ? line[0] : undefined;
    if (sign === '+') this.#added.push(line.slice(1));
    else if (sign === '-') {
      if (this.#added.length > 0) this.#flush();
      this.#removed.push(line.slice(1));
    } else {
      this.#flush();
      this.#inHunk ||= line.startsWith('@@');
      this.#painted.push(paintOther(line, this.#inHunk, this.#style));
    }
  }

  finish(): string {
    this.#flush();
    return this.#painted.join('\n');
  }

  #flush(): void {
    this.#painted.push(...paintChange(this.#removed, this.#added, this.#style));
    this.#removed = [];
    this.#added = [];
  }
}

/** Colours the bars of a summary. */
export function colorStat(text: string, { green, red }: Style): string {
  return text.replace(
    /^( .* \| +\d+ )(\+*)(-*)$/gm,
    (_, start: string, plus: string, minus: string) => start + green(plus) + red(minus),
  );
}

function paintOther(line: string, inHunk: boolean, { bold, cyan, dim }: Style): string {
  if (line.startsWith('@@'))
    return line.replace(/^(@@.*?@@)(.*)$/, (_, at, rest) => cyan(at) + dim(rest));
  return inHunk || line === '' ? line : bold(line);
}

/** Lines that were replaced are compared one by one; any others are just gone, or new. */
function paintChange(
  removed: readonly string[],
  added: readonly string[],
  { red, green, inverse }: Style,
): string[] {
  const pairs =
    removed.length === added.length
      ? removed.map((line, i) => markWords(line, added[i] ?? '', inverse))
      : [];
  return [
    ...removed.map((line, i) => red(`-${pairs[i]?.before ?? line}`)),
    ...added.map((line, i) => green(`+${pairs[i]?.after ?? line}`)),
  ];
}

interface MarkedPair {
  readonly before: string;
  readonly after: string;
}

function markWords(
  before: string,
  after: string,
  mark: (text: string) => string,
): MarkedPair | undefined {
  if (before.length > MAX_LINE || after.length > MAX_LINE) return undefined;
  const codes = new Map<string, number>();
  const encode = (line: string): string =>
    (line.match(/\w+|\s+|[^\w\s]/gu) ?? [])
      .map((word) => {
        const code = codes.get(word) ?? codes.size + 1;
        codes.set(word, code);
        return String.fromCharCode(Math.min(code, MAX_WORDS));
      })
      .join('');
  const parts = fastDiff(encode(before), encode(after));
  const words = [...codes.keys()];
  const decode = (text: string): string =>
    Array.from(text, (unit) => words[unit.charCodeAt(0) - 1] ?? '').join('');
  const side = (own: number): string =>
    parts
      .filter(([kind]) => kind === fastDiff.EQUAL || kind === own)
      .map(([kind, part]) => (kind === own ? mark(decode(part)) : decode(part)))
      .join('');
  const common = parts.filter(([kind]) => kind === fastDiff.EQUAL).map(([, part]) => decode(part));
  const isSame =
    common.join('').trim().length >= LEAST_COMMON * Math.max(before.length, after.length);
  return isSame ? { before: side(fastDiff.DELETE), after: side(fastDiff.INSERT) } : undefined;
}
