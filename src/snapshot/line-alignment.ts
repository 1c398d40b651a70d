/**
 * Aligns two sequences of lines: which lines of the one are lines of the other. Exact for ordinary
 * files; for pathological ones the work is bounded and the answer coarser, but always right.
 */

import diff from 'fast-diff';
import { findAnchors } from './line-anchors.ts';
import { slideChanges } from './line-slide.ts';

/** `before[beforeStart..beforeEnd)` has become `after[afterStart..afterEnd)`; one may be empty. */
export interface LineChange {
  readonly beforeStart: number;
  readonly beforeEnd: number;
  readonly afterStart: number;
  readonly afterEnd: number;
}

/** A line by the number of its text, with its place in the file. */
interface Line {
  readonly text: number;
  readonly place: number;
}

/** A part of the two files that is not yet aligned. */
interface Block {
  readonly before: readonly Line[];
  readonly after: readonly Line[];
}

interface Alignment {
  readonly beforeChanged: Uint8Array;
  readonly afterChanged: Uint8Array;
  /** Steps that may still be spent. */
  budget: number;
}

// fast-diff takes up to (lines of both sides)² steps; this many are a fraction of a second.
const STEP_BUDGET = 32_000_000;
const ANCHOR_STEPS_PER_LINE = 32;

/**
 * Finds what has changed between two sequences of lines, in order, with at least one unchanged line
 * between two changes.
 *
 * Lines that only one side has are changes at once; what is left goes to fast-diff (Myers), with a
 * UTF-16 code unit for each distinct line. A block too large for that is first cut at lines, or
 * runs of lines, that occur once on both sides; when there is none, or when the budget of steps is
 * spent, the block counts as replaced. The result depends on the lines alone, never on time.
 */
export function findLineChanges(before: readonly string[], after: readonly string[]): LineChange[] {
  const limit = Math.min(before.length, after.length);
  let head = 0;
  while (head < limit && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < limit - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;

  const alignment: Alignment = {
    beforeChanged: new Uint8Array(before.length).fill(1, head, before.length - tail),
    afterChanged: new Uint8Array(after.length).fill(1, head, after.length - tail),
    budget: STEP_BUDGET,
  };
  const numbers = new Map<string, number>();
  alignBlocks(alignment, {
    before: numberLines(before, head, before.length - tail, numbers),
    after: numberLines(after, head, after.length - tail, numbers),
  });
  slideChanges(
    { lines: before, changed: alignment.beforeChanged },
    { lines: after, changed: alignment.afterChanged },
  );
  return collectChanges(alignment.beforeChanged, alignment.afterChanged);
}

function numberLines(
  lines: readonly string[],
  start: number,
  end: number,
  numbers: Map<string, number>,
): Line[] {
  return lines.slice(start, end).map((line, index) => {
    const known = numbers.get(line);
    const text = known ?? numbers.size;
    if (known === undefined) numbers.set(line, text);
    return { text, place: start + index };
  });
}

function alignBlocks(alignment: Alignment, whole: Block): void {
  const waiting: Block[] = [whole];
  for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
    const rest = trimEnds(alignment, dropUnshared(block));
    const size = rest.before.length + rest.after.length;
    if (rest.before.length === 0 || rest.after.length === 0) continue;
    if (size * size <= alignment.budget) {
      alignByDiff(alignment, rest);
    } else if (size * ANCHOR_STEPS_PER_LINE <= alignment.budget) {
      alignment.budget -= size * ANCHOR_STEPS_PER_LINE;
      waiting.push(...cutAtAnchors(alignment, rest));
    }
  }
}

/** Leaves out lines that only one side has: they are changes however the rest is aligned. */
function dropUnshared(block: Block): Block {
  const afterTexts = new Set(block.after.map((line) => line.text));
  const before = block.before.filter((line) => afterTexts.has(line.text));
  const sharedTexts = new Set(before.map((line) => line.text));
  return { before, after: block.after.filter((line) => sharedTexts.has(line.text)) };
}

function trimEnds(alignment: Alignment, { before, after }: Block): Block {
  const limit = Math.min(before.length, after.length);
  let head = 0;
  while (head < limit && before[head]?.text === after[head]?.text) {
    match(alignment, before[head], after[head]);
    head++;
  }
  let tail = 0;
  while (tail < limit - head && before.at(-1 - tail)?.text === after.at(-1 - tail)?.text) {
    match(alignment, before.at(-1 - tail), after.at(-1 - tail));
    tail++;
  }
  return {
    before: before.slice(head, before.length - tail),
    after: after.slice(head, after.length - tail),
  };
}

function alignByDiff(alignment: Alignment, { before, after }: Block): void {
  const units = new Map<number, string>();
  let beforeIndex = 0;
  let afterIndex = 0;
  let differing = 0;
  for (const [kind, run] of diff(encodeLines(before, units), encodeLines(after, units))) {
    if (kind === diff.EQUAL) {
      for (let i = 0; i < run.length; i++) {
        match(alignment, before[beforeIndex + i], after[afterIndex + i]);
      }
    }
    if (kind !== diff.EQUAL) differing += run.length;
    if (kind !== diff.INSERT) beforeIndex += run.length;
    if (kind !== diff.DELETE) afterIndex += run.length;
  }
  // What Myers has really spent, which for similar blocks is far below the worst case.
  alignment.budget -= before.length + after.length + differing * differing;
}

/** One code unit a distinct line, without the surrogates, which fast-diff keeps in pairs. */
function encodeLines(lines: readonly Line[], units: Map<number, string>): string {
  return lines
    .map(({ text }) => {
      const known = units.get(text);
      if (known !== undefined) return known;
      const unit = String.fromCharCode(units.size < 0xd800 ? units.size : units.size + 0x800);
      units.set(text, unit);
      return unit;
    })
    .join('');
}

function cutAtAnchors(alignment: Alignment, { before, after }: Block): Block[] {
  const anchors = findAnchors(
    before.map((line) => line.text),
    after.map((line) => line.text),
  );
  const blocks: Block[] = [];
  let beforeStart = 0;
  let afterStart = 0;
  for (const anchor of anchors) {
    match(alignment, before[anchor.before], after[anchor.after]);
    blocks.push({
      before: before.slice(beforeStart, anchor.before),
      after: after.slice(afterStart, anchor.after),
    });
    beforeStart = anchor.before + 1;
    afterStart = anchor.after + 1;
  }
  if (anchors.length > 0) {
    blocks.push({ before: before.slice(beforeStart), after: after.slice(afterStart) });
  }
  return blocks;
}

function match(alignment: Alignment, before: Line | undefined, after: Line | undefined): void {
  if (before === undefined || after === undefined) return;
  alignment.beforeChanged[before.place] = 0;
  alignment.afterChanged[after.place] = 0;
}

function collectChanges(beforeChanged: Uint8Array, afterChanged: Uint8Array): LineChange[] {
  const changes: LineChange[] = [];
  let before = 0;
  let after = 0;
  while (before < beforeChanged.length || after < afterChanged.length) {
    const beforeStart = before;
    const afterStart = after;
    while (beforeChanged[before] === 1) before++;
    while (afterChanged[after] === 1) after++;
    if (before > beforeStart || after > afterStart) {
      changes.push({ beforeStart, beforeEnd: before, afterStart, afterEnd: after });
    }
    before++;
    after++;
  }
  return changes;
}
