/**
 * The three-way merge of one text, line by line. Works on the line changes of both sides rather
 * than on node-diff3, whose alignment takes seconds for 3,000 lines that repeat.
 */

import { decodeText, isBinary } from '../primitives/text.ts';
import { findLineChanges, type LineChange } from './line-alignment.ts';
import { splitLines } from './line-diff.ts';

/** Bounds of a merge; larger texts are not merged. */
export interface TextMergeOptions {
  /** Bytes of the largest side; 2,000,000 when absent. */
  readonly maxBytes?: number | undefined;
  /** Lines of the longest side; 50,000 when absent. */
  readonly maxLines?: number | undefined;
}

/** The names of the sides in conflict markers. */
export interface ConflictLabels {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
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

const MAX_BYTES = 2_000_000;
const MAX_LINES = 50_000;

/**
 * Merges two changes of one text.
 *
 * A change of one side is taken, the same change of both sides once. Changes of both sides that
 * share or touch a line are a conflict, as for `git merge-file`: with no unchanged line between
 * them, their order or their sense together is a guess. Results differ from git's only where the
 * lines of a text repeat so much that the same change can be seen in several ways.
 *
 * @returns the merged bytes; undefined for a conflict, binary content or a side above the bounds.
 */
export function mergeText(
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
  options: TextMergeOptions = {},
): Uint8Array | undefined {
  const unchanged = mergeWhole(base, ours, theirs);
  if (unchanged !== undefined) return unchanged;
  const texts = readTexts(base, ours, theirs, options);
  if (texts === undefined) return undefined;
  const merged: string[] = [];
  for (const part of mergeLines(texts)) {
    if (part.kind === 'conflict') return undefined;
    merged.push(part.lines.join(''));
  }
  return Buffer.from(merged.join(''));
}

/**
 * Merges two changes of one text, with the conflicts marked in it:
 * `<<<<<<< ours`, `||||||| base`, `=======`, `>>>>>>> theirs`, each followed by its lines.
 *
 * The markers end in CRLF when the first line of `ours` does.
 *
 * @returns the bytes, without markers when there is no conflict; undefined for binary content or
 *   a side above the bounds.
 */
export function mergeTextWithMarkers(
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
  labels: ConflictLabels,
  options: TextMergeOptions = {},
): Uint8Array | undefined {
  const unchanged = mergeWhole(base, ours, theirs);
  if (unchanged !== undefined) return unchanged;
  const texts = readTexts(base, ours, theirs, options);
  if (texts === undefined) return undefined;
  const newline = texts.ours[0]?.endsWith('\r\n') === true ? '\r\n' : '\n';
  const merged = mergeLines(texts).map((part) =>
    part.kind === 'merged' ? part.lines.join('') : formatConflict(part, labels, newline),
  );
  return Buffer.from(merged.join(''));
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
  if (content.length > (options.maxBytes ?? MAX_BYTES) || isBinary(content)) return undefined;
  const text = decodeText(content);
  const lines = text === undefined ? [] : splitLines(text);
  return lines.length > (options.maxLines ?? MAX_LINES) ? undefined : lines;
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

function formatConflict(
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
