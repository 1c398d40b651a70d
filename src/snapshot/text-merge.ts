/**
 * The three-way merge of one text, line by line. Works on the line changes of both sides rather
 * than on node-diff3, whose alignment takes seconds for 3,000 lines that repeat.
 */

import { decodeText, isBinary } from '../primitives/text.ts';
import type { Side } from './conflict.ts';
import { findLineChanges, type LineChange } from './line-alignment.ts';
import { splitLines } from './line-diff.ts';

/** Bounds of a merge; larger texts are not merged. */
export interface TextMergeOptions {
  /** Bytes of the largest side; 16 MiB when absent. */
  readonly maxBytes?: number | undefined;
  /** Lines of the longest side; 500,000 when absent. */
  readonly maxLines?: number | undefined;
}

/** The names of the sides in conflict markers. */
export interface ConflictLabels {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/** What stands where both sides changed the same lines: nothing, those of one side, or both, marked. */
export type HunkChoice = 'fail' | Side | ConflictLabels;

/** A merged text. */
export interface MergedText {
  readonly bytes: Uint8Array;
  /** The places in which the sides disagreed, and where the choice stands. */
  readonly hunks: number;
}

/** A part of the merged text: settled lines, or three versions of which a person must choose. */
type Part =
  | { readonly kind: 'merged'; readonly lines: readonly string[] }
  | {
      readonly kind: 'conflict';
      readonly base: readonly string[];
      readonly ours: readonly string[];
      readonly theirs: readonly string[];
    };

interface Texts {
  readonly base: readonly string[];
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

/** A range of base lines that at least one side has changed, with the changes of each. */
interface Region {
  readonly start: number;
  end: number;
  readonly ours: LineChange[];
  readonly theirs: LineChange[];
}

/** Largest text that is merged: the work is bounded by what has changed, the memory by this. */
export const MAX_MERGE_BYTES: number = 16 * 1024 * 1024;
const MAX_LINES = 500_000;
const NEWLINE = 10;

/**
 * Merges two changes of one text.
 *
 * A change of one side is taken, the same change of both sides once. Changes of both sides that
 * share or touch a line are a conflict, as for `git merge-file`: with no unchanged line between
 * them, their order or their sense together is a guess. Results differ from git's only where the
 * lines of a text repeat so much that the same change can be seen in several ways.
 *
 * With labels as the choice each conflict is marked: `<<<<<<< ours`, `||||||| base`, `=======`,
 * `>>>>>>> theirs`, each followed by its lines. The markers end in CRLF when the first line of
 * `ours` does.
 *
 * @returns undefined for binary content, a side above the bounds, or a conflict when the choice is
 *   `fail`.
 */
export function mergeText(
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
  choice: HunkChoice = 'fail',
  options: TextMergeOptions = {},
): MergedText | undefined {
  const unchanged = mergeWhole(base, ours, theirs);
  if (unchanged !== undefined) return { bytes: unchanged, hunks: 0 };
  const texts = readTexts(base, ours, theirs, options);
  if (texts === undefined) return undefined;
  const newline = texts.ours[0]?.endsWith('\r\n') === true ? '\r\n' : '\n';
  const merged: string[] = [];
  let hunks = 0;
  for (const part of mergeLines(texts)) {
    if (part.kind === 'merged') {
      merged.push(part.lines.join(''));
      continue;
    }
    if (choice === 'fail') return undefined;
    hunks += 1;
    const isSide = choice === 'ours' || choice === 'theirs';
    merged.push(isSide ? part[choice].join('') : markConflict(part, choice, newline));
  }
  return { bytes: Buffer.from(merged.join('')), hunks };
}

/** The lines by which a marked conflict is known: no text has them by chance. */
const MARKERS = [/^<{7} workspace /, /^\|{7} fork\r?\n$/, /^={7}\r?\n$/, /^>{7} /];
const FIRST_MARKER = Buffer.from('<<<<<<< workspace ');

/** Whether a text has a conflict that a workspace was left with. */
export function hasMarkers(content: Uint8Array): boolean {
  const start = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (!start.includes(FIRST_MARKER)) return false;
  let found = 0;
  for (const line of splitLines(decodeText(content) ?? '')) {
    if (MARKERS[found]?.test(line)) found += 1;
    if (found === MARKERS.length) return true;
  }
  return false;
}

/** How markers call the sides in a workspace. */
export function labelsFor(workspace: string, theirs: string): ConflictLabels {
  return { ours: `workspace ${workspace}`, base: 'fork', theirs };
}

/** The answer that needs no look inside: one side is unchanged, or both are the same. */
function mergeWhole(
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
): Uint8Array | undefined {
  if (Buffer.compare(base, ours) === 0) return theirs;
  if (Buffer.compare(base, theirs) === 0 || Buffer.compare(ours, theirs) === 0) return ours;
  return undefined;
}

function readTexts(
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
  options: TextMergeOptions,
): Texts | undefined {
  const baseLines = readLines(base, options);
  const oursLines = baseLines && readLines(ours, options);
  const theirsLines = oursLines && readLines(theirs, options);
  if (baseLines === undefined || oursLines === undefined || theirsLines === undefined) {
    return undefined;
  }
  return { base: baseLines, ours: oursLines, theirs: theirsLines };
}

function readLines(content: Uint8Array, options: TextMergeOptions): string[] | undefined {
  const { maxBytes = MAX_MERGE_BYTES, maxLines = MAX_LINES } = options;
  if (content.length > maxBytes || isBinary(content)) return undefined;
  if (countNewlines(content, maxLines) > maxLines) return undefined;
  const text = decodeText(content);
  const lines = text === undefined ? [] : splitLines(text);
  return lines.length > maxLines ? undefined : lines;
}

/** Up to one more than `most`: millions of empty lines are not even split. */
function countNewlines(content: Uint8Array, most: number): number {
  let count = 0;
  let place = content.indexOf(NEWLINE);
  while (place >= 0 && count <= most) {
    count += 1;
    place = content.indexOf(NEWLINE, place + 1);
  }
  return count;
}

function mergeLines(texts: Texts): Part[] {
  const parts: Part[] = [];
  let place = 0;
  for (const region of findRegions(texts)) {
    parts.push({ kind: 'merged', lines: texts.base.slice(place, region.start) });
    parts.push(mergeRegion(texts, region));
    place = region.end;
  }
  parts.push({ kind: 'merged', lines: texts.base.slice(place) });
  return parts;
}

/** Gathers changes that share or touch base lines, in order. */
function findRegions(texts: Texts): Region[] {
  const sided = (side: 'ours' | 'theirs') =>
    findLineChanges(texts.base, texts[side]).map((change) => ({ side, change }));
  const changes = [...sided('ours'), ...sided('theirs')];
  changes.sort((left, right) => left.change.beforeStart - right.change.beforeStart);

  const regions: Region[] = [];
  let region: Region | undefined;
  for (const { side, change } of changes) {
    if (region === undefined || change.beforeStart > region.end) {
      region = { start: change.beforeStart, end: change.beforeEnd, ours: [], theirs: [] };
      regions.push(region);
    }
    region.end = Math.max(region.end, change.beforeEnd);
    region[side].push(change);
  }
  return regions;
}

function mergeRegion(texts: Texts, region: Region): Part {
  const base = texts.base.slice(region.start, region.end);
  const ours = sideLines(texts.ours, region, region.ours);
  const theirs = sideLines(texts.theirs, region, region.theirs);
  if (ours === undefined || theirs === undefined) {
    return { kind: 'merged', lines: ours ?? theirs ?? base };
  }
  const same = ours.length === theirs.length && ours.every((line, i) => line === theirs[i]);
  return same ? { kind: 'merged', lines: ours } : { kind: 'conflict', base, ours, theirs };
}

/** What a side has in place of the region's base lines; undefined when it changed none of them. */
function sideLines(
  lines: readonly string[],
  region: Region,
  changes: readonly LineChange[],
): readonly string[] | undefined {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const start = first.afterStart - (first.beforeStart - region.start);
  return lines.slice(start, last.afterEnd + (region.end - last.beforeEnd));
}

function markConflict(
  conflict: { readonly [side in keyof ConflictLabels]: readonly string[] },
  labels: ConflictLabels,
  newline: string,
): string {
  const block = (lines: readonly string[]): string => {
    const text = lines.join('');
    // The last line of a file may lack its end; a marker must not continue it.
    return text === '' || text.endsWith('\n') ? text : text + newline;
  };
  return [
    `<<<<<<< ${labels.ours}${newline}${block(conflict.ours)}`,
    `||||||| ${labels.base}${newline}${block(conflict.base)}`,
    `=======${newline}${block(conflict.theirs)}`,
    `>>>>>>> ${labels.theirs}${newline}`,
  ].join('');
}
